import { ImportError } from "../import-error.js"

/** Most elements of one value: 1 GiB of float32. Our choice; 64 images of 224 px with 64 channels at half size are 2^25.6. */
export const MAX_ELEMENTS = 2 ** 28
/** Most elements of all values of one run together. */
export const MAX_RUN_ELEMENTS = 2 ** 32
/** Most numbers that are computed one by one, in lists: shapes, indices, rows of an axis. */
export const MAX_HOST = 2 ** 22

/**
 * Number of elements of a shape, checked before anything of that size is made.
 * @param what how errors call the value, such as `Expand "y"`
 * @throws ImportError "onnx-limit" for more than `limit`, "onnx-model" for sizes that are none
 */
export function boundedSize(dims: readonly number[], what: string, limit = MAX_ELEMENTS): number {
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
