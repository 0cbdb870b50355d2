import {
  checkShape,
  compiled,
  Detector,
  type FitOptions,
  type ImageShape,
  sha256,
  type TrainingData,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { Bound } from "./bound.js"
import { calibrate } from "./calibration.js"
import { scoresOnly } from "./function.js"
import type { OnnxEngine, OnnxGraph } from "./onnx-engine.js"
import { feedOf, type ImageInput } from "./onnx-input.js"
import type { OnnxOptions } from "./onnx-options.js"
import { scoresOf } from "./onnx-output.js"

/** What `onnxDetector` found out about a model. */
export interface OnnxParts {
  /** The path by which `files` names the model. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly options: Omit<OnnxOptions, "model">
  readonly input: ImageInput
  /** Name of the output that the score is read from. */
  readonly output: string
  readonly engine: OnnxEngine
  /** The same model as differentiable operations. */
  readonly graph?: OnnxGraph
  readonly missingOperators: readonly string[]
  readonly note?: string
}

type Read = (value: tf.Tensor, fed: tf.Tensor4D) => tf.Tensor

/**
 * A model that somebody else trained, from its ONNX file; made by `onnxDetector`. The file is data: its operators are
 * looked up in a table or run by an engine, nothing in it is executed. `variables` are the bound's numbers and the sha256
 * of the file, so `weightsHash` names the model.
 */
export class OnnxDetector extends Detector {
  readonly inputShape: ImageShape
  readonly gradients: "exact" | "none"
  readonly variables: Readonly<Record<string, tf.Variable>>
  override readonly files: Readonly<Record<string, Uint8Array>>
  /** Operators that keep the model from being differentiated, such as "NonMaxSuppression"; [] when there are none. */
  readonly missingOperators: readonly string[]
  /** Why `gradients` is "none", or what could not be checked. */
  readonly note?: string
  readonly #parts: OnnxParts
  readonly #bound: Bound
  readonly #raw: (x: tf.Tensor4D) => tf.Tensor
  readonly #scores: Read

  constructor(parts: OnnxParts) {
    super()
    const { path, bytes, options, input, graph } = parts
    this.#parts = parts
    this.inputShape = input.shape
    this.gradients = graph ? "exact" : "none"
    this.files = { [path]: bytes }
    this.missingOperators = parts.missingOperators
    if (parts.note !== undefined) this.note = parts.note
    this.#bound = new Bound(options.bound)
    this.variables = {
      ...this.#bound.variables,
      model_sha256: tf.tidy(() => tf.variable(hashTensor(bytes), false)),
    }
    const { features, map } = options
    this.#scores = (value, fed) => scoresOf(value, fed, options)
    this.#raw = compiled((x: tf.Tensor4D) => this.rawScore(x))
    if (graph && features !== undefined)
      this.features = (x) =>
        this.#inGraph(graph, x, features, (value) =>
          value.reshape([value.shape[0] as number, -1]),
        ) as tf.Tensor2D
    if (map !== undefined)
      this.anomalyMap = (x) =>
        this.#run(x, map, (value) => imageMap(value, input.shape)) as Promise<tf.Tensor4D>
  }
  /**
   * @throws ShapeError "shape-images"; ConfigError "detector-scores-only" where `gradients` is "none"
   */
  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    const { graph } = this.#parts
    if (!graph) throw scoresOnly(this.note ?? "This model")
    return this.#inGraph(graph, x, this.#parts.output, this.#scores) as tf.Tensor1D
  }

  override async rawScoreBatch(x: tf.Tensor4D): Promise<tf.Tensor1D> {
    checkShape(x, this.inputShape, "The model")
    if (this.#parts.graph) return this.#raw(x) as tf.Tensor1D
    return (await this.#run(x, this.#parts.output, this.#scores)) as tf.Tensor1D
  }

  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return this.#bound.apply(raw)
  }

  /** Calibrates the bound unless it was given; the model itself is trained. @throws TrainingError "stopped" */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    await calibrate(this.#bound, (x) => this.rawScoreBatch(x), data, options)
  }

  override dispose(): void {
    super.dispose()
    this.#parts.engine.dispose()
    this.#parts.graph?.dispose()
  }

  #inGraph(graph: OnnxGraph, x: tf.Tensor4D, output: string, read: Read): tf.Tensor {
    checkShape(x, this.inputShape, "The model")
    const { input, options } = this.#parts
    return tf.tidy(() => {
      const parts = batchesOf(feedOf(x, input, options), input.batch).map((fed) =>
        read(graph.runNow(input, fed, [output])[output] as tf.Tensor, fed),
      )
      return joined(parts, x.shape[0])
    })
  }

  async #run(x: tf.Tensor4D, output: string, read: Read): Promise<tf.Tensor> {
    checkShape(x, this.inputShape, "The model")
    const { input, options, engine } = this.#parts
    const feeds = tf.tidy(() => batchesOf(feedOf(x, input, options), input.batch))
    const parts: tf.Tensor[] = []
    try {
      for (const fed of feeds) {
        const value = (await engine.run(input, fed, [output]))[output] as tf.Tensor
        parts.push(tf.tidy(() => read(value, fed)))
        value.dispose()
      }
      return tf.tidy(() => joined(parts, x.shape[0]))
    } finally {
      tf.dispose([...feeds, ...parts])
    }
  }
}

/** Batches of the size that the model fixes, the last one filled up with zeros. */
function batchesOf(fed: tf.Tensor4D, size: number | undefined): tf.Tensor4D[] {
  const n = fed.shape[0]
  if (size === undefined) return [fed]
  const missing = Math.ceil(n / size) * size - n
  const filled =
    missing === 0
      ? fed
      : tf.pad4d(fed, [
          [0, missing],
          [0, 0],
          [0, 0],
          [0, 0],
        ])
  return n + missing === size ? [filled.clone()] : (tf.split(filled, (n + missing) / size) as tf.Tensor4D[])
}

/** The parts one after another, cut to n. */
function joined(parts: tf.Tensor[], n: number): tf.Tensor {
  const all = parts.length === 1 ? (parts[0] as tf.Tensor).clone() : tf.concat(parts)
  return all.shape[0] === n ? all : all.slice(0, n)
}

/** [batch, 1, h, w], [batch, h, w] or [batch, h, w, 1] as [batch, height, width, 1] of the images' size, at least 0. */
function imageMap(value: tf.Tensor, [height, width]: ImageShape): tf.Tensor4D {
  const [batch, ...rest] = value.shape as [number, ...number[]]
  const [rows, columns] = rest.length === 3 ? (rest[0] === 1 ? rest.slice(1) : rest) : rest
  const map: tf.Tensor4D = value.reshape([batch, rows as number, columns as number, 1])
  return tf.relu(tf.image.resizeBilinear(map, [height, width], false, true)) as tf.Tensor4D
}

/** sha256 as eight int32. */
function hashTensor(bytes: Uint8Array): tf.Tensor1D {
  const words = sha256(bytes).match(/.{8}/g) as string[]
  return tf.tensor1d(
    words.map((word) => Number.parseInt(word, 16) | 0),
    "int32",
  )
}
