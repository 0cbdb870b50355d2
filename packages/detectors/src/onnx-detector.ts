import {
  ConfigError,
  EngineError,
  IfnormalError,
  type ImageShape,
  type ModelContext,
  parseConfig,
  stream,
  uniforms,
} from "@ifnormal/core"
import { importModel, unsupportedOperators } from "@ifnormal/onnx/import"
import * as tf from "@tensorflow/tfjs-core"
import { OnnxDetector } from "./onnx.js"
import { graphEngine, type OnnxEngine, type OnnxGraph, sessionEngine } from "./onnx-engine.js"
import { checkNormalize, feedOf, type ImageInput, imageInput } from "./onnx-input.js"
import { type OnnxOptions, type OnnxOptionsInput, onnxOptions } from "./onnx-options.js"
import { type SeenOutput, scoreOutput, scoresOf } from "./onnx-output.js"

/** How far the imported model's scores may be from the engine's on the same images, of the larger score or 1. */
const AGREEMENT = 1e-4

/** `OnnxOptions` with the model as bytes or as a path, and what a plugin's context would bring. */
export interface OnnxDetectorOptions extends Omit<OnnxOptionsInput, "model">, ModelContext {
  /** The bytes of a .onnx file with its weights inside, or a path for `readFile`. */
  readonly model: Uint8Array | string
  /** Height, width, channels of the images; only needed where the model leaves them open. */
  readonly inputShape?: ImageShape
}

/**
 * A detector from an ONNX file. Where every operator is known, the model becomes differentiable TensorFlow.js operations
 * (gradients "exact"), and what they compute is compared with `sessions` on two random images; otherwise, or where the
 * two differ, the file runs through `sessions` with scores only, and `missingOperators` and `note` say why.
 * @throws ConfigError "onnx-input", "onnx-output", "onnx-normalize", "onnx-file"; ShapeError "shape-model", "onnx-size";
 * EngineError "onnx-operators" when the model can neither be differentiated nor run, or `gradients: "exact"` is asked for
 * and not to be had; what the importer throws for bytes that are no ONNX model
 */
export async function onnxDetector(given: OnnxDetectorOptions): Promise<OnnxDetector> {
  const { model, inputShape, sessions, readFile, ...rest } = given
  const path = typeof model === "string" ? model : "model.onnx"
  const options = parseConfig(onnxOptions, { ...rest, model: path }, "The ONNX detector")
  const bytes = typeof model === "string" ? await read(model, readFile) : model
  const opened = await open(bytes, options, sessions)
  try {
    return await assemble(opened, { path, bytes, options, inputShape })
  } catch (error) {
    opened.session?.dispose()
    opened.graph?.dispose()
    throw error
  }
}

async function read(path: string, readFile: ModelContext["readFile"]): Promise<Uint8Array> {
  if (readFile) return readFile(path)
  throw new ConfigError({
    code: "onnx-file",
    message: `The model is the path ${path}, but this program has no files to read.`,
    next: "Pass the bytes of the file, or readFile: (path) => ...",
  })
}

interface Opened {
  readonly graph?: OnnxGraph
  readonly session?: OnnxEngine
  readonly missing: readonly string[]
  /** Why one of the two is absent. */
  readonly reason?: string
}

async function open(
  bytes: Uint8Array,
  { gradients }: OnnxOptions,
  sessions: ModelContext["sessions"],
): Promise<Opened> {
  const missing = unsupportedOperators(bytes)
  let graph: OnnxGraph | undefined
  let failure: unknown
  if (missing.length === 0 && (gradients !== "none" || !sessions))
    try {
      graph = graphEngine(importModel(bytes))
    } catch (error) {
      failure = error
    }
  let session: OnnxEngine | undefined
  if (sessions)
    try {
      session = sessionEngine(await sessions.load(bytes))
    } catch (error) {
      if (!graph) throw failure ?? error
      failure = error
    }
  const reason =
    missing.length > 0
      ? `The operators ${missing.join(", ")} have no gradient here`
      : failure instanceof Error
        ? failure.message
        : undefined
  if (!graph && !session) {
    if (IfnormalError.isInstance(failure)) throw failure
    throw cannot(reason ?? "The model cannot be imported", missing, failure)
  }
  return {
    missing,
    ...(graph && { graph }),
    ...(session && { session }),
    ...(reason && { reason }),
  }
}

const cannot = (message: string, missing: readonly string[], cause?: unknown) =>
  new EngineError({
    code: "onnx-operators",
    message: `${message.replace(/\.$/, "")}.`,
    next:
      missing.length > 0
        ? "Give it sessions (Node: sessionRunner() of @ifnormal/backend-ort) to have scores without gradients: the generator nearest and score-only search work with those. Or export the model without these operators."
        : "Leave gradients out to have scores only: the generator nearest and score-only search work with those.",
    cause,
  })

async function assemble(
  { graph, session, missing, reason }: Opened,
  made: { path: string; bytes: Uint8Array; options: OnnxOptions; inputShape: ImageShape | undefined },
): Promise<OnnxDetector> {
  const { options, inputShape } = made
  const engine = (session ?? graph) as OnnxEngine
  const input = imageInput(engine.inputs, options, inputShape)
  checkNormalize(options, input.shape[2])
  const seen = await probe(engine, input, options)
  const output = scoreOutput(seen.outputs, seen.batch, options)
  // A dynamic batch that the model does not keep to is a batch of one.
  const kept = { ...input, ...(seen.batch === 1 && { batch: 1 }) }
  const parts = { ...made, input: kept, output, engine, missingOperators: missing }
  const scoresOnly = (note: string, missingOperators = missing) => {
    if (options.gradients === "exact") throw cannot(note, missingOperators)
    if (engine !== graph) graph?.dispose()
    return new OnnxDetector({ ...parts, missingOperators, note })
  }
  if (!graph) return scoresOnly(reason ?? "Gradients were not asked for")
  if (input.dtype === "uint8") return scoresOnly("The model takes bytes, which have no gradient")
  if (!session)
    return new OnnxDetector({ ...parts, graph, ...(reason && { note: `Not checked: ${reason}` }) })
  const difference = await disagreement(graph, session, kept, output, options)
  if (difference) return scoresOnly(difference.note, difference.operators)
  session.dispose()
  return new OnnxDetector({ ...parts, engine: graph, graph })
}

/** Seeded noise, [batch, height, width, channels]. */
function noise(batch: number, shape: ImageShape): tf.Tensor4D {
  const [height, width, channels] = shape
  const pixels = uniforms(stream(1, "onnx", "probe"), batch * height * width * channels)
  return tf.tensor4d(pixels, [batch, height, width, channels])
}

/** Runs all outputs of numbers once: the shapes that a file declares are often none. */
async function probe(
  engine: OnnxEngine,
  input: ImageInput,
  options: OnnxOptions,
): Promise<{ batch: number; outputs: SeenOutput[] }> {
  const names = engine.outputs.filter(({ dtype }) => dtype.startsWith("float")).map(({ name }) => name)
  const attempt = async (batch: number) => {
    const x = noise(batch, input.shape)
    const fed = feedOf(x, input, options)
    try {
      const results = await engine.run(input, fed, names)
      const outputs = Object.entries(results).map(([name, { shape }]) => ({ name, dims: [...shape] }))
      tf.dispose(results)
      return { batch, outputs }
    } finally {
      tf.dispose([x, fed])
    }
  }
  if (input.batch !== undefined) return attempt(input.batch)
  try {
    return await attempt(2)
  } catch {
    return attempt(1)
  }
}

interface Difference {
  readonly note: string
  /** What the importer only finds out that it lacks when it computes. */
  readonly operators?: readonly string[]
}

/** How the two differ on random images; undefined when they agree. */
async function disagreement(
  graph: OnnxGraph,
  session: OnnxEngine,
  input: ImageInput,
  output: string,
  options: OnnxOptions,
): Promise<Difference | undefined> {
  const x = noise(input.batch ?? 2, input.shape)
  const fed = feedOf(x, input, options)
  try {
    const [ours, theirs] = await Promise.all(
      [graph, session].map(async (engine) => {
        const results = await engine.run(input, fed, [output])
        const scores = tf.tidy(() => scoresOf(results[output] as tf.Tensor, fed, options))
        const values = (await scores.data()).slice()
        tf.dispose([results, scores])
        return values as Float32Array
      }),
    )
    const bad = [...(ours as Float32Array)].findIndex((score, i) => {
      const other = (theirs as Float32Array)[i] as number
      return !(Math.abs(score - other) <= AGREEMENT * Math.max(1, Math.abs(other)))
    })
    const found = `score ${ours?.[bad]} against ${theirs?.[bad]}`
    return bad < 0
      ? undefined
      : { note: `The imported model does not compute what the engine computes (${found})` }
  } catch (error) {
    const { message, operators } = error as Error & { operators?: readonly string[] }
    return { note: message, ...(operators && operators.length > 0 && { operators }) }
  } finally {
    tf.dispose([x, fed])
  }
}
