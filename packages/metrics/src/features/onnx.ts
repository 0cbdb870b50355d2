import { ConfigError, type Session, type SessionRunner, type SessionValue, sha256 } from "@ifnormal/core"
import { type CustomInput, customId, customPreprocessing, customRecipe } from "./custom.js"
import type { FeatureExtractor } from "./extractor.js"
import { networkExtractor } from "./network-extractor.js"

export interface OnnxOptions extends CustomInput {
  /** Needed where the model leaves height and width open. */
  readonly size?: readonly [height: number, width: number]
  /** Name of the output with the features; default: the only one. */
  readonly output?: string
  /** The model takes blue first. Default false. */
  readonly bgr?: boolean
  /** Images at once, default 32; the model's own where it has one. */
  readonly batch?: number
}

/** How the images lie in the model's input. */
interface Input {
  readonly name: string
  readonly channelsFirst: boolean
  readonly size: readonly [height: number, width: number]
  readonly batch: number
  /** The model takes this batch and no other. */
  readonly fixed: boolean
}

/**
 * Features by any ONNX network with one float32 input of RGB images, [n, 3, height, width] or [n, height, width, 3], and
 * an output of n rows of numbers, of whatever shape. With `recipe` it stands for Inception and gets its resize and scale.
 * @throws ConfigError "extractor-input", "extractor-output", "extractor-size"; what `sessions` throws for a broken file
 */
export async function onnxExtractor(
  bytes: Uint8Array,
  sessions: SessionRunner,
  options: OnnxOptions = {},
): Promise<FeatureExtractor> {
  const session = await sessions.load(bytes)
  try {
    const input = inputOf(session, options)
    const output = outputOf(session, options.output)
    const run = onnxRun(session, input, output, options.bgr ?? false)
    const rows = (await run(new Float32Array(input.batch * input.size[0] * input.size[1] * 3), input.batch))
      .length
    const hash = sha256(bytes)
    const preprocessing = customPreprocessing(options, input.size)
    return networkExtractor({
      recipe: `${customRecipe(hash, options, preprocessing)}${options.bgr ? " (bgr)" : ""}`,
      dimensions: rows / input.batch,
      id: customId(hash, preprocessing, `${output} ${options.bgr ?? false}`),
      preprocessing,
      batch: input.batch,
      fixed: input.fixed,
      run,
      dispose: () => void session.dispose(),
    })
  } catch (error) {
    await session.dispose()
    throw error
  }
}

function onnxRun(session: Session, { name, channelsFirst, size }: Input, output: string, bgr: boolean) {
  const pixels = size[0] * size[1]
  return async (images: Float32Array, rows: number): Promise<Float32Array> => {
    const data = new Float32Array(images.length)
    // From NHWC, RGB to the model's order.
    const [row, pixel, plane] = channelsFirst ? [3 * pixels, 1, pixels] : [3 * pixels, 3, 1]
    for (let n = 0, at = 0; n < rows; n++)
      for (let p = 0; p < pixels; p++)
        for (let c = 0; c < 3; c++) data[n * row + p * pixel + (bgr ? 2 - c : c) * plane] = images[at++]!
    const dims = channelsFirst ? [rows, 3, ...size] : [rows, ...size, 3]
    const results = await session.run({ [name]: { dtype: "float32", dims, data } }, [output])
    const result = results[output]!
    if (result.dtype !== "float32" || result.dims[0] !== rows || result.data.length < 2 * rows)
      throw new ConfigError({
        code: "extractor-output",
        message: `The output "${output}" gave ${result.dtype} [${result.dims.join(", ")}] for ${rows} images, expected float32 with a row of at least 2 numbers for each.`,
        next: "Name the output with the features, such as the one before the classifier.",
      })
    return result.data
  }
}

const show = ({ name, dtype, dims }: SessionValue) =>
  `"${name}" ${dtype} [${dims.map((dim) => dim ?? "?").join(", ")}]`

function inputOf(session: Session, { size, batch = 32 }: OnnxOptions): Input {
  const [input, ...others] = session.inputs
  const { dims = [], name = "", dtype } = input ?? {}
  const channelsFirst = dims[1] === 3 || (dims[3] !== 3 && typeof dims[1] !== "number")
  const channels = channelsFirst ? dims[1] : dims[3]
  if (
    others.length > 0 ||
    dtype !== "float32" ||
    dims.length !== 4 ||
    (typeof channels === "number" && channels !== 3)
  )
    throw new ConfigError({
      code: "extractor-input",
      message: `The model takes ${session.inputs.map(show).join(", ")}, expected one input of float32 [n, 3, height, width] or [n, height, width, 3].`,
      next: "Export the network so that it takes one batch of RGB images.",
    })
  const own = channelsFirst ? dims.slice(2) : dims.slice(1, 3)
  const sides = [0, 1].map((i) => (typeof own[i] === "number" ? own[i] : size?.[i])) as [number?, number?]
  if (sides[0] === undefined || sides[1] === undefined || (size && sides.join() !== size.join()))
    throw new ConfigError({
      code: "extractor-size",
      message: `The model takes ${show(input!)}${size ? `, the size asked for is ${size.join("x")}` : " and leaves the size open"}.`,
      next: size
        ? "Leave the size out: the model has its own."
        : "Pass size (--size 224), the one that it was trained with.",
    })
  return {
    name,
    channelsFirst,
    size: [sides[0], sides[1]],
    batch: typeof dims[0] === "number" ? dims[0] : batch,
    fixed: typeof dims[0] === "number",
  }
}

function outputOf({ outputs }: Session, wanted: string | undefined): string {
  const found = wanted === undefined ? outputs : outputs.filter(({ name }) => name === wanted)
  if (found.length === 1) return found[0]!.name
  throw new ConfigError({
    code: "extractor-output",
    message: `The model gives ${outputs.map(show).join(", ")}, expected ${wanted === undefined ? "one output, or the name of the one with the features" : `one called "${wanted}"`}.`,
    next: "Name the output with the features: output in code, --output on the command line.",
  })
}
