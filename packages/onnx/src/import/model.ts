import * as tf from "@tensorflow/tfjs-core"
import { graphProblems } from "../check.js"
import { decodeModel } from "../decode.js"
import { broken, ImportError, unsupported } from "../import-error.js"
import type { DataTypeName, Model, OnnxNode } from "../model.js"
import { Call } from "./call.js"
import { boundedSize, runLimits } from "./limits.js"
import { unknownAttributes } from "./operators/attributes.js"
import { operatorOf } from "./operators/index.js"
import { dtypeOf, Value } from "./value.js"

/** An input or output as the file declares it; as core's SessionValue. */
export interface ImportedValue {
  readonly name: string
  readonly dtype: Exclude<DataTypeName, "string" | "float16" | "bfloat16">
  readonly dims: readonly (number | string | undefined)[]
}

/** A model as a function of tensors, differentiable by TensorFlow.js. */
export interface ImportedModel {
  readonly inputs: readonly ImportedValue[]
  readonly outputs: readonly ImportedValue[]
  /**
   * Computes outputs. Pure: what it returns depends on the feeds only, and nothing is read back.
   * @param feeds a tensor for each input, by name
   * @param outputs names; default: all. What they do not need is not computed
   * @throws ImportError "onnx-feed", "onnx-run", "onnx-unsupported"
   */
  run(feeds: Readonly<Record<string, tf.Tensor>>, outputs?: readonly string[]): Record<string, tf.Tensor>
  /** Frees the weights. */
  dispose(): void
}

/** Most nodes of a model. */
const NODES = 100_000

/**
 * The operators that keep a model from being computed here, such as "NonMaxSuppression (opset 11)"; [] when none does.
 * @throws ImportError "onnx-model" for bytes that are no model
 */
export function unsupportedOperators(bytes: Uint8Array): string[] {
  try {
    return unknown(decodeModel(bytes))
  } catch (error) {
    if (error instanceof ImportError && error.code === "onnx-unsupported") return [...error.operators]
    throw error
  }
}

/** These were in training mode by default before opset 7. */
const trained = ["BatchNormalization", "Dropout"]

function unknown({ nodes, opsets }: Model): string[] {
  const opset = opsets[""] ?? 1
  const names = nodes.flatMap((node) => {
    const { op, domain } = node
    if (domain || !operatorOf(op) || (opset < 7 && trained.includes(op)))
      return [`${domain ? `${domain}.` : ""}${op} (opset ${opsets[domain ?? ""] ?? "?"})`]
    return unknownAttributes(node)
  })
  return [...new Set(names)].sort()
}

/**
 * Reads a model and puts its weights into tensors of the current backend.
 * @throws ImportError "onnx-model", "onnx-limit", "onnx-unsupported" listing every unknown operator
 */
export function importModel(bytes: Uint8Array): ImportedModel {
  const model = decodeModel(bytes)
  if (model.nodes.length > NODES)
    throw new ImportError(
      "onnx-limit",
      `The model has ${model.nodes.length} nodes, expected at most ${NODES}.`,
      "Export it without unrolled loops.",
    )
  const overridable = new Set(model.initializers.map(({ name }) => name))
  // An initializer may give an input its default: then both have its name.
  const inputs = model.inputs.filter(({ name }) => !overridable.has(name))
  const problems = graphProblems({ ...model, inputs })
  if (problems.length > 0) throw broken(`The model is not sound: it ${problems.slice(0, 3).join("; it ")}.`)
  const missing = unknown(model)
  if (missing.length > 0)
    throw unsupported(
      missing,
      `The model needs ${missing.join(", ")}, which ${missing.length === 1 ? "is" : "are"} not computed here.`,
      "Run it through a session, with scores only, or export it without them.",
    )
  const weights = new Map(
    model.initializers.map((initializer) => [initializer.name, Value.weight(initializer)]),
  )
  const outputs = model.outputs.map(declared)
  return {
    inputs: inputs.map(declared),
    outputs,
    run: (feeds, wanted = outputs.map(({ name }) => name)) =>
      run(model, weights, inputs.map(declared), feeds, wanted),
    dispose() {
      for (const weight of weights.values()) weight.dispose()
    },
  }
}

function declared({ name, type, dims }: Model["inputs"][number]): ImportedValue {
  const dtype = type === "float16" || type === "bfloat16" ? "float32" : type
  return {
    name,
    dtype: dtype as ImportedValue["dtype"],
    dims: dims.map((dim) => (dim === "" ? undefined : dim)),
  }
}

function run(
  model: Model,
  weights: ReadonlyMap<string, Value>,
  inputs: readonly ImportedValue[],
  feeds: Readonly<Record<string, tf.Tensor>>,
  wanted: readonly string[],
): Record<string, tf.Tensor> {
  return tf.tidy(() => {
    const values = new Map<string, Value>()
    let elements = 0
    const given = [...weights.values()].reduce((sum, { size }) => sum + size, 0)
    const limit = runLimits(inputs.reduce((sum, { name }) => sum + (feeds[name]?.size ?? 0), given))
    for (const [name, weight] of weights) values.set(name, weight.forRun())
    for (const input of inputs) values.set(input.name, Value.of(fed(input, feeds)))
    for (const node of needed(model, wanted)) {
      const call = new Call(
        node,
        model.opsets[node.domain ?? ""] ?? 1,
        node.inputs.map((name) => (name === "" ? undefined : values.get(name))),
        limit.value,
      )
      const made = compute(call)
      for (const [i, name] of node.outputs.entries()) {
        const value = made[i]
        if (!value) continue
        elements += boundedSize(value.dims, `${node.op} "${name}"`, limit.value)
        values.set(name, value)
      }
      boundedSize([elements], "All values of a run together", limit.run)
    }
    return Object.fromEntries(
      wanted.map((name) => {
        const value = values.get(name)
        if (!value)
          throw new ImportError(
            "onnx-feed",
            `The model has no output "${name}", expected ${model.outputs.map((output) => `"${output.name}"`).join(", ")}.`,
            "Use one of these names.",
          )
        // A copy where the output is an input or a weight: the caller frees what it gets.
        return [name, value.tensor.clone()]
      }),
    )
  })
}

function compute(call: Call): readonly (Value | undefined)[] {
  const { op, outputs } = call.node
  try {
    const made = operatorOf(op)?.(call) ?? []
    return Array.isArray(made) ? made : [made as Value]
  } catch (error) {
    if (error instanceof ImportError) throw error
    throw new ImportError(
      "onnx-run",
      `${op} "${outputs[0]}" refused its inputs ${call.inputs.map((value) => (value ? `[${value.dims}]` : "none")).join(", ")}: ${error instanceof Error ? error.message : error}`,
      "Feed images of the size that the model was exported for.",
      { cause: error },
    )
  }
}

function fed({ name, dtype, dims }: ImportedValue, feeds: Readonly<Record<string, tf.Tensor>>): tf.Tensor {
  const feed = Object.hasOwn(feeds, name) ? feeds[name] : undefined
  const fits =
    feed &&
    (dims.length === 0 ||
      (dims.length === feed.rank && dims.every((dim, i) => typeof dim !== "number" || dim === feed.shape[i])))
  if (feed && fits) return dtypeOf(dtype) === feed.dtype ? feed : tf.cast(feed, dtypeOf(dtype))
  throw new ImportError(
    "onnx-feed",
    `Input "${name}" got ${feed ? `the shape [${feed.shape}]` : "nothing"}, expected [${dims.map((dim) => dim ?? "?").join(", ")}].`,
    "Feed a tensor of this shape for each input.",
  )
}

/** The nodes that the wanted outputs depend on, in the file's order. */
function needed({ nodes }: Model, wanted: readonly string[]): OnnxNode[] {
  const names = new Set(wanted)
  const kept: OnnxNode[] = []
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => names.has(name))) continue
    kept.push(node)
    for (const name of node.inputs) names.add(name)
  }
  return kept.reverse()
}
