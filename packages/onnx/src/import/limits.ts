import { ImportError } from "../import-error.js"

/** Most elements of one value: 1 GiB of float32. Our choice; 64 images of 224 px with 64 channels at half size are 2^25.6. */
export const MAX_ELEMENTS = 2 ** 28
/** Elements that any value may have, and by how much one may be larger than all inputs and weights together. Our choice. */
const FREE_ELEMENTS = 2 ** 20
const GROWTH = 64
/** The same for all values of a run together. */
const MAX_RUN_ELEMENTS = 2 ** 32
const FREE_RUN_ELEMENTS = 2 ** 22
const RUN_GROWTH = 1024
/** Most numbers that are computed one by one, in lists: shapes, indices, rows of an axis. */
export const MAX_HOST = 2 ** 20

/**
 * Most elements of one value and of all values of a run, so that a small file does not ask for a large computation.
 * @param given elements of inputs and weights
 */
export const runLimits = (given: number): { readonly value: number; readonly run: number } => ({
  value: Math.min(MAX_ELEMENTS, Math.max(FREE_ELEMENTS, GROWTH * given)),
  run: Math.min(MAX_RUN_ELEMENTS, Math.max(FREE_RUN_ELEMENTS, RUN_GROWTH * given)),
})

/**
 * Number of elements of a shape, checked before anything of that size is made.
 * @param what how errors call the value, such as `Expand "y"`
 * @throws ImportError "onnx-limit" for more than `limit`, "onnx-model" for sizes that are none
 */
export function boundedSize(dims: readonly number[], what: string, limit: number): number {
  if (dims.some((dim) => !Number.isInteger(dim) || dim < 0))
    throw new ImportError(
      "onnx-model",
      `${what} would have the shape [${dims.slice(0, 8).join(", ")}], expected whole sizes of 0 or more.`,
      "Feed images of the size that the model was exported for, or export it again.",
    )
  const size = dims.reduce((product, dim) => product * dim, 1)
  if (size <= limit) return size
  throw new ImportError(
    "onnx-limit",
    `${what} would have the shape [${dims.slice(0, 8).join(", ")}], ${size} elements; expected at most ${limit}.`,
    "Use smaller images or batches; a file that asks for more is most likely broken.",
  )
}
