import { ConfigError, didYouMean } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import { showDims } from "./onnx-input.js"
import type { OnnxOptions } from "./onnx-options.js"

/** An output as a run of the model gave it. */
export interface SeenOutput {
  readonly name: string
  readonly dims: readonly number[]
}

type Choice = Pick<OnnxOptions, "output" | "index" | "reduce" | "features" | "map">

/** One number for each image: [batch], [batch, 1, ...], or a scalar for one image. */
const isScore = ({ dims }: SeenOutput, batch: number) =>
  dims.length === 0 ? batch === 1 : dims[0] === batch && dims.slice(1).every((size) => size === 1)

/**
 * The name of the output that the score is read from.
 * @param outputs the outputs of numbers, from a run with `batch` images
 * @throws ConfigError "onnx-output" listing the outputs with their shapes
 */
export function scoreOutput(outputs: readonly SeenOutput[], batch: number, choice: Choice): string {
  const { output, index, reduce, features, map } = choice
  for (const name of [output, features, map]) if (name !== undefined) requireOutput(outputs, name)
  const scores = outputs.filter((seen) => isScore(seen, batch))
  const others = outputs.filter(({ name }) => name !== features && name !== map)
  const chosen =
    output === undefined
      ? index !== undefined || reduce !== undefined
        ? only(others)
        : only(scores)
      : outputs.find(({ name }) => name === output)
  if (!chosen)
    throw fail(
      outputs,
      scores.length > 1
        ? "several outputs have one number for each image"
        : "no output has one number for each image",
      'Name one as output; with index: which class of [batch, classes] means anomalous, or reduce: "max" of an anomaly map, "reconstruction-l2" of a reconstruction.',
    )
  if (isScore(chosen, batch)) return chosen.name
  const { name, dims } = chosen
  if (dims[0] !== batch)
    throw fail(
      outputs,
      `"${name}" has the shape ${showDims(dims)} for ${batch} images`,
      "Name an output whose first dimension is the batch.",
    )
  if (index === undefined && reduce === undefined)
    throw fail(
      outputs,
      `"${name}" has ${dims.slice(1).reduce((a, b) => a * b)} numbers for each image`,
      'Say with index which class means anomalous, or with reduce ("max", "mean", "reconstruction-l2") how they become one.',
    )
  if (index !== undefined && (dims.length !== 2 || index >= dims[1]!))
    throw fail(
      outputs,
      `index ${index} is no class of "${name}" ${showDims(dims)}`,
      "An index needs an output [batch, classes] and counts from 0.",
    )
  return name
}

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined)

function requireOutput(outputs: readonly SeenOutput[], name: string): void {
  const names = outputs.map((seen) => seen.name)
  if (!names.includes(name))
    throw fail(outputs, `there is no "${name}"`, `Use one of these names.${didYouMean(name, names)}`)
}

function fail(outputs: readonly SeenOutput[], what: string, next: string): ConfigError {
  const list = outputs.map(({ name, dims }) => `"${name}" ${showDims(dims)}`).join(", ") || "none"
  return new ConfigError({
    code: "onnx-output",
    message: `The model's score cannot be read: ${what}. Its outputs are ${list}.`,
    next,
  })
}

/**
 * Raw scores [batch] of an output.
 * @param fed what the model was fed, in its layout: what a reconstruction is compared with
 */
export function scoresOf(
  value: tf.Tensor,
  fed: tf.Tensor4D,
  { index, reduce }: Pick<OnnxOptions, "index" | "reduce">,
): tf.Tensor1D {
  const batch = fed.shape[0]
  if (value.size === batch) return value.reshape([batch])
  if (index !== undefined) return value.slice([0, index], [batch, 1]).reshape([batch])
  const compared = reduce === "reconstruction-l2" ? value.sub(fed).square() : value
  const rows = compared.reshape<tf.Tensor2D>([batch, -1])
  return reduce === "max" ? rows.max(1) : rows.mean(1)
}
