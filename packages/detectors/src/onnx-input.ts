import { ConfigError, type ImageShape, type SessionValue, ShapeError } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { OnnxOptions } from "./onnx-options.js"

/** Where images enter a model, and in which form. */
export interface ImageInput {
  readonly name: string
  readonly dtype: "float32" | "float64" | "uint8"
  readonly layout: "nchw" | "nhwc"
  /** Size of every batch, where the model fixes it. */
  readonly batch?: number
  readonly shape: ImageShape
}

const dtypes: readonly string[] = ["float32", "float64", "uint8"]

/** A declared shape in words; "?" where any size goes. */
export const showDims = (dims: readonly (number | string | undefined)[]): string =>
  `[${dims.map((dim) => dim ?? "?").join(", ")}]`
export const showValues = (values: readonly Pick<SessionValue, "name" | "dtype" | "dims">[]): string =>
  values.map(({ name, dtype, dims }) => `"${name}" ${dtype} ${showDims(dims)}`).join(", ") || "none"

/**
 * Finds the image input of a model.
 * @param wanted shape of the images that are to be scored; needed where the model leaves height or width open
 * @throws ConfigError "onnx-input" unless there is exactly one input and it takes images; ShapeError "shape-model" when it
 * takes other images than `wanted`, "onnx-size" when neither says how large they are
 */
export function imageInput(
  values: readonly SessionValue[],
  { input, layout: declared }: Pick<OnnxOptions, "input" | "layout">,
  wanted?: ImageShape,
): ImageInput {
  const value = values.find(({ name, dims, dtype }) =>
    input === undefined ? (dims.length === 4 || dims.length === 0) && dtypes.includes(dtype) : name === input,
  )
  if (!value || values.length > 1 || !dtypes.includes(value.dtype) || ![0, 4].includes(value.dims.length))
    throw new ConfigError({
      code: "onnx-input",
      message: `The model has the inputs ${showValues(values)}, expected one of four dimensions${input === undefined ? "" : ` named "${input}"`}, of ${dtypes.join(", ")}.`,
      next: "Export the model so that images are its only input: [batch, channels, height, width] or [batch, height, width, channels].",
    })
  const dims = value.dims.length === 4 ? value.dims : [undefined, undefined, undefined, undefined]
  const layout = declared ?? layoutOf(dims)
  const [first, ...rest] = dims.map((dim) => (typeof dim === "number" && dim > 0 ? dim : undefined))
  const [height, width, channels] = layout === "nchw" ? [rest[1], rest[2], rest[0]] : rest
  const found = [height, width, channels]
  if (wanted && found.some((size, axis) => size !== undefined && size !== wanted[axis]))
    throw new ShapeError({
      code: "shape-model",
      message: `The model's input "${value.name}" ${showDims(value.dims)} takes images of ${showDims(found)} (height, width, channels), expected [${wanted.join(", ")}].`,
      next: `Resize and convert the images to what the model takes${declared ? "" : ', or set layout to "nchw" or "nhwc" if it was read wrongly'}.`,
    })
  const shape = wanted ?? found
  if (shape.some((size) => size === undefined))
    throw new ShapeError({
      code: "onnx-size",
      message: `The model's input "${value.name}" ${showDims(value.dims)} leaves the size of images open, and no inputShape was given.`,
      next: "Pass inputShape: [height, width, channels] of the images that it was trained on.",
    })
  return {
    name: value.name,
    dtype: value.dtype as ImageInput["dtype"],
    layout,
    ...(first !== undefined && { batch: first }),
    shape: shape as unknown as ImageShape,
  }
}

/** 1 or 3 channels stand where they stand; both or neither are PyTorch's order. */
function layoutOf([, second, , fourth]: readonly unknown[]): "nchw" | "nhwc" {
  const channels = (dim: unknown) => dim === 1 || dim === 3
  return channels(fourth) && !channels(second) ? "nhwc" : "nchw"
}

/**
 * What the model is fed for images [batch, height, width, channels] in [0, 1]: in its layout and order of channels, and
 * normalized. Bytes are whole numbers in a float32 tensor.
 */
export function feedOf(
  x: tf.Tensor4D,
  { layout, dtype }: ImageInput,
  { normalize, channelOrder }: Pick<OnnxOptions, "normalize" | "channelOrder">,
): tf.Tensor4D {
  return tf.tidy(() => {
    let fed = channelOrder === "bgr" ? tf.reverse4d(x, 3) : x
    if (dtype === "uint8") fed = fed.mul<tf.Tensor4D>(255).round()
    else if (normalize !== "none")
      fed =
        "scale" in normalize
          ? fed.mul(normalize.scale)
          : fed.sub<tf.Tensor4D>(tf.tensor1d(normalize.mean)).div(tf.tensor1d(normalize.std))
    return layout === "nchw" ? fed.transpose([0, 3, 1, 2]) : fed.clone()
  })
}

/** @throws ConfigError "onnx-normalize" when mean and std are not one number a channel */
export function checkNormalize({ normalize }: Pick<OnnxOptions, "normalize">, channels: number): void {
  if (normalize === "none" || "scale" in normalize) return
  const { mean, std } = normalize
  if ([mean, std].every(({ length }) => length === 1 || length === channels)) return
  throw new ConfigError({
    code: "onnx-normalize",
    message: `normalize has ${mean.length} means and ${std.length} standard deviations, expected ${channels} each, or one.`,
    next: "Give one number for each channel, in [0, 1] units.",
  })
}
