/**
 * A function of tensors -> a portable ONNX model: the engine records it as it records a training step, at three batch
 * sizes; what differs between the three recordings becomes an expression in the batch size (trace-batch.ts). Layout
 * passes stay off and only standard operators are written (trace-emit.ts).
 */
import type { Model } from "@ifnormal/onnx"
import { findBackend, getBackend, type Tensor, tensor } from "@tensorflow/tfjs-core"
import { OrtBackend } from "./backend.js"
import { OrtBackendError, TraceError } from "./errors.js"
import type { Dtype, Graph } from "./graph.js"
import { getOptions, setOptions } from "./options.js"
import { commonSubexpression } from "./passes/common-subexpression.js"
import { deadCode } from "./passes/dead-code.js"
import { filterGradient } from "./passes/filter-gradient.js"
import { buildGraph } from "./realize.js"
import type { LazyNode } from "./recorder.js"
import { size } from "./shapes.js"
import { BATCH, unifyBatches } from "./trace-batch.js"
import { emitStandard, type FixedModel, type Leaf } from "./trace-emit.js"

export interface TraceInput {
  readonly dtype: Dtype
  /** Shape of one example; the batch is a dimension before it. */
  readonly shape: readonly number[]
}

export interface TraceSpec {
  /** How errors call the function, and the name of the graph. */
  readonly name: string
  readonly inputs: Readonly<Record<string, TraceInput>>
  /**
   * Pure: results depend on the inputs only, and each example's on that example alone. Gets [batch, ...shape] tensors,
   * gives [batch, ...] tensors by output name, which are disposed here.
   */
  readonly run: (
    inputs: Readonly<Record<string, Tensor>>,
  ) => Readonly<Record<string, Tensor>> | Promise<Readonly<Record<string, Tensor>>>
  /** Variables by name: they become initializers under these names, with the values that they have now. */
  readonly weights?: Readonly<Record<string, Tensor>>
}

// Two batch sizes fit a line, the third checks it. Primes that no channel count or image size is likely to be.
const BATCHES = [17, 19, 23] as const

/**
 * Traces a function into a model of opset 18 with a dynamic first dimension "batch" of every input and output.
 * @throws TraceError when the function reads values, needs a kernel that has no ONNX form, has constants or a structure
 * that depend on the batch size, or when another backend than "ort" is current
 */
export async function traceModel(spec: TraceSpec): Promise<Model> {
  const backend = findBackend("ort")
  if (getBackend() !== "ort" || !(backend instanceof OrtBackend))
    throw new TraceError(
      `${spec.name} cannot be traced on the backend ${getBackend()}.`,
      'Choose the engine first: await tf.setBackend("ort").',
    )
  const { strict } = getOptions()
  setOptions({ strict: true })
  try {
    const models: FixedModel[] = []
    for (const batch of BATCHES) models.push(await traceAt(spec, batch, backend))
    const inputs = Object.entries(spec.inputs).map(([name, { dtype, shape }]) => ({
      name,
      type: dtype,
      dims: [BATCH, ...shape],
    }))
    return {
      name: spec.name,
      ...unifyBatches(spec.name, models, BATCHES, inputs),
      opsets: { "": 18 },
      irVersion: 8,
    }
  } finally {
    setOptions({ strict })
  }
}

async function traceAt(spec: TraceSpec, batch: number, backend: OrtBackend): Promise<FixedModel> {
  backend.realize()
  const inputs: Record<string, Tensor> = {}
  for (const [name, { dtype, shape }] of Object.entries(spec.inputs))
    inputs[name] = tensor(placeholder(dtype, batch * size(shape)), [batch, ...shape], dtype)
  let outputs: Readonly<Record<string, Tensor>> = {}
  try {
    backend.tracing = true
    outputs = await spec.run(inputs)
    const weights = spec.weights ?? {}
    const tensors = [...Object.values(inputs), ...Object.values(weights), ...Object.values(outputs)]
    const { segment, nodes } = backend.take(tensors)
    const inputNames = Object.keys(inputs)
    const names = [...inputNames, ...Object.keys(weights)]
    const known = new Map(
      names.map((name, i): [LazyNode, Leaf] => [
        nodes[i]!,
        { name, role: i < inputNames.length ? "input" : "weight" },
      ]),
    )
    const results = nodes.slice(names.length)
    for (const [i, node] of results.entries())
      if (!segment.nodes.includes(node))
        throw new TraceError(
          `the output ${Object.keys(outputs)[i]} is not computed from the inputs`,
          "Return tensors that the function computes.",
        )
    const recorded = buildGraph(segment, results)
    const passes = [filterGradient, commonSubexpression, deadCode]
    const graph = passes.reduce<Graph>((current, pass) => pass.run(current), recorded)
    return emitStandard(graph, segment.leaves, (leaf) => known.get(leaf), Object.keys(outputs))
  } catch (error) {
    throw error instanceof OrtBackendError ? untraceable(spec.name, error) : error
  } finally {
    backend.tracing = false
    for (const held of [...Object.values(inputs), ...Object.values(outputs)]) held.dispose()
  }
}

const untraceable = (name: string, { message, next, cause }: OrtBackendError): TraceError =>
  new TraceError(
    `${name} has no ONNX form: ${message}`,
    next ?? "Use operations that the engine runs itself.",
    cause,
  )

function placeholder(dtype: Dtype, count: number): Float32Array | Int32Array | Uint8Array {
  if (dtype === "float32") return new Float32Array(count)
  return dtype === "int32" ? new Int32Array(count) : new Uint8Array(count)
}
