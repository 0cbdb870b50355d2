// Real exports of PyTorch, torchvision and anomalib, with onnxruntime's scores and PyTorch's gradients
// (tools/reference/onnx_exports.py), and what the importer makes of them.
import { readFileSync } from "node:fs"
import "../../core/src/tfjs-setup.js"
import * as tf from "@tensorflow/tfjs-core"

const folder = new URL("fixtures/exports/", import.meta.url)

interface Golden {
  /** Name of the images among the golden tensors. */
  readonly input: string
  /** Name of the output with the score. */
  readonly output: string
  /** Class of an output [batch, classes]. */
  readonly index?: number
  readonly operators: readonly string[]
}

export const exports: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(new URL("golden.json", folder), "utf8"),
).models

export const modelBytes = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder)))

interface Entry {
  readonly dtype: "F32" | "U8"
  readonly shape: number[]
  readonly data_offsets: readonly [number, number]
}
const file = readFileSync(new URL("golden.safetensors", folder))
const headerEnd = 8 + Number(file.readBigUInt64LE(0))
const header: Readonly<Record<string, Entry>> = JSON.parse(file.subarray(8, headerEnd).toString())

/** A golden tensor; "<model>/score", "<model>/gradient", or a model's `input`. */
export function goldenTensor(name: string): tf.Tensor | undefined {
  const entry = header[name]
  if (!entry) return undefined
  const [start, end] = entry.data_offsets.map((offset) => headerEnd + offset) as [number, number]
  const { buffer } = Uint8Array.from(file.subarray(start, end))
  return entry.dtype === "F32"
    ? tf.tensor(new Float32Array(buffer), entry.shape)
    : tf.tensor(new Uint8Array(buffer), entry.shape, "int32")
}

/** What the tests use of an imported model. */
interface Imported {
  readonly inputs: readonly { readonly name: string }[]
  run(feeds: Record<string, tf.Tensor>, outputs: readonly string[]): Record<string, tf.Tensor>
}

export interface Deviation {
  /** Largest difference of a score, of the larger score or 1. */
  readonly score: number
  /** Largest difference of the gradient, of its largest entry; absent for models without gradient. */
  readonly gradient?: number
}

/** How far an imported model is from the golden values. */
export async function deviation(name: string, model: Imported): Promise<Deviation> {
  const { input, output, index } = exports[name] as Golden
  const x = goldenTensor(input) as tf.Tensor
  const feed = (model.inputs[0] as { name: string }).name
  const run = (x: tf.Tensor) => model.run({ [feed]: x }, [output])[output] as tf.Tensor
  const score = tf.tidy(() => {
    const expected = goldenTensor(`${name}/score`) as tf.Tensor
    const found = run(x)
    if (found.shape.join() !== expected.shape.join())
      throw new Error(`${name} gives the shape [${found.shape}], expected [${expected.shape}]`)
    return tf.max(tf.div(tf.abs(tf.sub(found, expected)), tf.maximum(tf.abs(expected), 1)))
  })
  const gradient = tf.tidy(() => {
    const expected = goldenTensor(`${name}/gradient`)
    if (!expected) return undefined
    const total = (x: tf.Tensor) => {
      const scores = run(x)
      const chosen = index === undefined ? scores : tf.slice(scores, [0, index], [x.shape[0] as number, 1])
      return tf.sum(chosen) as tf.Scalar
    }
    return tf.div(tf.max(tf.abs(tf.sub(tf.grad(total)(x), expected))), tf.max(tf.abs(expected)))
  })
  const found: Deviation = {
    score: (await score.data())[0] as number,
    ...(gradient && { gradient: (await gradient.data())[0] as number }),
  }
  tf.dispose([x, score, gradient ?? []])
  return found
}
