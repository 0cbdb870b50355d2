/**
 * With `verify`: at the first run of each structure, every kernel's value is compared with tfjs-backend-cpu on the same
 * inputs, and the compiled graph with the graph that no pass has touched. Both allow for rounding: where the difference is
 * large, the computation is repeated on inputs that differ in the last bits, and what that changes is not held against it.
 */
import {
  type DataType,
  engine,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  type NamedTensorInfoMap,
  type TensorInfo,
} from "@tensorflow/tfjs-core"
import { leafValues } from "./constants.js"
import { emit } from "./emit.js"
import { VerifyError } from "./errors.js"
import type { Graph, Values } from "./graph.js"
import type { KernelCall } from "./kernels/define.js"
import { kernelFile } from "./kernels/index.js"
import { getOptions } from "./options.js"
import { passNames } from "./passes/index.js"
import type { LazyNode, Segment } from "./recorder.js"
import { type Feed, Session } from "./session.js"

/** An input of a recorded call: its node, under the shape that the kernel saw. */
interface Operand {
  readonly node: LazyNode
  readonly shape: number[]
  readonly dtype: DataType
}
/** The call that made a node. */
interface Origin {
  readonly kernel: string
  readonly operands: readonly (readonly [name: string, operand: Operand])[]
  readonly list: boolean
  readonly attrs: KernelCall["attrs"]
  /** Which of the kernel's outputs. */
  readonly output: number
}

const RELATIVE = 1e-4
// Inputs are moved by about 8 units in the last place; sums in another order differ by some of those.
const NUDGE = 2 ** -20
const NOISE = 16

/** tfjs-backend-cpu 4.22 reads dy of the wrong sample, or gives height and width in the wrong order. */
const wrongOnCpu = new Set(["ResizeNearestNeighborGrad", "ResizeBilinearGrad"])

const origins = new WeakMap<LazyNode, Origin>()

/** Notes which call made the nodes of `outputs`; the outermost call of a composed kernel is the one that stays. */
export function remember(
  kernel: string,
  { inputs, attrs, backend }: KernelCall,
  outputs: TensorInfo | TensorInfo[],
): void {
  if (wrongOnCpu.has(kernel) || !getKernel(kernel, "cpu")) return
  const operands: [string, Operand][] = []
  for (const [name, info] of Object.entries(inputs) as [string, TensorInfo | undefined][]) {
    if (!info) continue
    const node = backend.nodeOf(info)
    if (!node) return
    operands.push([name, { node, shape: info.shape, dtype: info.dtype }])
  }
  ;[outputs].flat().forEach((info, output) => {
    const node = backend.nodeOf(info)
    if (node && !operands.some(([, operand]) => operand.node === node))
      origins.set(node, { kernel, operands, list: Array.isArray(inputs), attrs, output })
  })
}

/** Once a step is over, a value must not keep the ones it was computed from. */
export function forget(nodes: readonly LazyNode[]): void {
  for (const node of nodes) origins.delete(node)
}

const nudged = (values: Values): Values =>
  values instanceof Float32Array
    ? values.map((value, i) => value * (1 + (i % 3 === 0 ? NUDGE : -NUDGE)))
    : values

/** The output of the cpu backend's kernel. */
function onCpu(origin: Origin, valuesOf: (operand: Operand) => Values): Values {
  const cpu = engine().findBackend("cpu") as KernelBackend
  const kernelFunc: KernelFunc = getKernel(origin.kernel, "cpu").kernelFunc
  const inputs = (origin.list ? [] : {}) as Record<string, TensorInfo & { rank: number }>
  for (const [name, operand] of origin.operands) {
    const { shape, dtype } = operand
    // The cpu backend keeps the array it is given.
    const dataId = cpu.write(valuesOf(operand).slice(), shape, dtype)
    inputs[name] = { dataId, shape, dtype, rank: shape.length }
  }
  const call = { inputs: inputs as NamedTensorInfoMap, backend: cpu, attrs: origin.attrs }
  // Some of its kernels make tensors of the engine, which the scope takes back.
  engine().startScope("verify")
  try {
    const outputs = [kernelFunc(call)].flat() as TensorInfo[]
    const result = (cpu.readSync(outputs[origin.output]!.dataId) as Values).slice()
    for (const { dataId } of outputs) cpu.disposeData(dataId)
    return result
  } finally {
    engine().endScope()
    for (const { dataId } of Object.values(inputs)) cpu.disposeData(dataId)
  }
}

/** Largest difference; infinite where only one is a number. */
function difference(a: Values, b: Values): number {
  let worst = 0
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue
    const gap = Math.abs(x - y)
    worst = Math.max(worst, Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap)
  }
  return worst
}

const magnitude = (values: Values): number => {
  let largest = 0
  for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value))
  return largest
}

/** The difference where rounding does not explain it, else 0; `again` repeats the reference on nudged inputs. */
function unexplained(value: Values, reference: Values, again: () => Values): number {
  const gap = difference(value, reference)
  const allowed = RELATIVE * magnitude(reference)
  if (gap <= allowed) return 0
  return gap <= allowed + NOISE * difference(again(), reference) ? 0 : gap
}

interface Step {
  readonly segment: Segment
  readonly outputs: readonly LazyNode[]
  /** What the compiled graph computed, by output. */
  readonly values: readonly Values[]
  readonly build: (segment: Segment, outputs: readonly LazyNode[]) => Graph
  readonly optimize: (graph: Graph, off: readonly string[]) => Graph
}

function evaluate(graph: Graph, { leaves }: Segment, change = (values: Values) => values): Values[] {
  const emitted = emit(graph)
  const session = new Session(emitted.bytes, emitted.outputs)
  const feeds = leaves.flatMap((leaf, i): Feed[] => {
    const name = emitted.inputs.get(i)
    return name ? [{ name, dtype: leaf.dtype, values: change(leafValues(leaf)), shape: leaf.shape }] : []
  })
  try {
    const results = session.run(feeds)
    return emitted.outputs.map((name) => results[name]!)
  } finally {
    session.dispose()
  }
}

/** Recorded nodes that the outputs need, in recorded order, with those that only their kernels on the cpu backend need. */
function needed({ segment, outputs }: Step): LazyNode[] {
  const reached = new Set<LazyNode>(outputs)
  for (const node of segment.nodes.toReversed())
    if (reached.has(node)) {
      for (const input of node.inputs) reached.add(input)
      for (const [, operand] of origins.get(node)?.operands ?? []) reached.add(operand.node)
    }
  return segment.nodes.filter((node) => reached.has(node))
}

const where = (node: LazyNode): string =>
  `${origins.get(node)?.kernel ?? node.op} (node ${node.name}, ${node.dtype}[${node.shape}])`

function verifyKernels(nodes: readonly LazyNode[], values: ReadonlyMap<LazyNode, Values>): void {
  const current = ({ node }: Operand) => values.get(node) ?? leafValues(node)
  // Of an earlier step and no longer kept: an input that gives only its shape.
  const isKept = ({ node }: Operand) => values.has(node) || node.values !== null || node.op === "Fill"
  for (const node of nodes) {
    const origin = origins.get(node)
    if (!origin?.operands.every(([, operand]) => isKept(operand))) continue
    const reference = onCpu(origin, current)
    const gap = unexplained(values.get(node)!, reference, () =>
      onCpu(origin, (operand) => nudged(current(operand))),
    )
    if (gap > 0)
      throw new VerifyError(
        `${where(node)} is the first kernel that differs from tfjs-backend-cpu, by ${gap} at magnitude ${magnitude(reference)}. ` +
          `Its ONNX form is in ${kernelFile(origin.kernel)}; run the program on the cpu backend until it is corrected.`,
      )
  }
}

function verifyPasses(step: Step, plain: ReadonlyMap<LazyNode, Values>): void {
  const { segment, outputs, values, build, optimize } = step
  const graph = () => build(segment, outputs)
  let moved: Values[] | undefined
  const gapOf = (results: readonly Values[], i: number) =>
    unexplained(results[i]!, plain.get(outputs[i]!)!, () => {
      moved ??= evaluate(graph(), segment, nudged)
      return moved[i]!
    })
  const wrong = outputs.findIndex((_, i) => gapOf(values, i) > 0)
  if (wrong < 0) return
  const off = getOptions().disablePasses
  const culprit = passNames.find((name) => {
    if (off.includes(name)) return false
    return gapOf(evaluate(optimize(graph(), [...off, name]), segment), wrong) === 0
  })
  const disable = JSON.stringify(culprit ? [...off, culprit] : passNames)
  throw new VerifyError(
    `The compiled step differs from the same step without passes by ${gapOf(values, wrong)}, first in ${where(outputs[wrong]!)}. ` +
      `${culprit ? `Without the pass "${culprit}" it agrees.` : "No single pass is the cause."} ` +
      `Go on with setOptions({ disablePasses: ${disable} }).`,
  )
}

/** Throws VerifyError where a kernel or a pass gives another value than it should. */
export function verifyStep(step: Step): void {
  const nodes = needed(step)
  const results = evaluate(step.build(step.segment, nodes), step.segment)
  const values = new Map(nodes.map((node, i): [LazyNode, Values] => [node, results[i]!]))
  verifyKernels(nodes, values)
  verifyPasses(step, values)
}
