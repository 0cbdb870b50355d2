/**
 * Turns everything recorded since the last read into one native call. Reading order of the engine:
 * recorder.ts (kernel call -> node), here (live outputs -> Graph), passes/ (Graph -> Graph), emit.ts (Graph -> ONNX),
 * session.ts (compile, run). A structure seen before skips the middle.
 */
import { isBaked, leafValues, literal, lose } from "./constants.js"
import { emit } from "./emit.js"
import { type Graph, GraphBuilder, type GraphNode, type Values, verify } from "./graph.js"
import { getOptions, optionsVersion } from "./options.js"
import { activePasses } from "./passes/index.js"
import type { LazyNode, Segment } from "./recorder.js"
import { retry } from "./retry.js"
import { type Feed, Session } from "./session.js"
import type { Compiled, SessionCache } from "./session-cache.js"
import { size } from "./shapes.js"
import { counters } from "./stats.js"
import { forget, verifyStep } from "./verify.js"

// Below this many elements of all values together a second thread costs more than it brings.
const ONE_THREAD = 1 << 14

/** Only what the live outputs need, in recorded order. Leaves come first, so that their position is their index. */
export function buildGraph(
  segment: Segment,
  outputs: readonly LazyNode[],
): Graph & { leaves: readonly GraphNode[] } {
  const needed = new Set<LazyNode>(outputs)
  for (let i = segment.nodes.length - 1; i >= 0; i--) {
    const node = segment.nodes[i]!
    if (needed.has(node)) for (const input of node.inputs) needed.add(input)
  }
  const builder = new GraphBuilder()
  const made = new Map<LazyNode, GraphNode>()
  const leaves = segment.leaves.map((leaf, index) => {
    const baked = isBaked(leaf, segment)
    const attrs = baked ? { value: leaf.attrs?.value } : { index }
    const node = builder.add(baked ? "Constant" : "Input", [], attrs, leaf.shape, leaf.dtype)
    made.set(leaf, node)
    return node
  })
  for (const node of segment.nodes) {
    if (!needed.has(node)) continue
    const inputs = node.inputs.map((input) => made.get(input)!)
    made.set(node, builder.add(node.op, inputs, node.attrs ?? {}, node.shape, node.dtype))
  }
  return { nodes: builder.nodes, leaves, outputs: outputs.map((node) => made.get(node)!) }
}

/** Runs the passes that are switched on. */
export function optimize(graph: Graph, off = getOptions().disablePasses): Graph {
  let current = graph
  for (const pass of activePasses(off)) {
    current = pass.run(current)
    if (getOptions().verify) verify(current, pass.name)
  }
  return current
}

function compile(segment: Segment, outputs: readonly LazyNode[], plain = false): Compiled {
  const start = performance.now()
  const recorded = buildGraph(segment, outputs)
  const graph = plain ? recorded : optimize(recorded)
  const emitted = emit(graph)
  const elements = graph.nodes.reduce((sum, node) => sum + size(node.shape), 0)
  const session = new Session(
    emitted.bytes,
    emitted.outputs,
    elements < ONE_THREAD ? 1 : getOptions().threads,
  )
  counters.compiles++
  counters.compileMs += performance.now() - start
  counters.lastGraph = {
    recorded: recorded.nodes.length,
    optimized: graph.nodes.length,
    onnx: emitted.nodeCount,
    bytes: emitted.bytes.length,
  }
  const inputs = segment.leaves.map((_, index) => emitted.inputs.get(index))
  return { session, inputs, outputs: emitted.outputs }
}

interface Ran {
  readonly compiled: Compiled
  readonly inputs: number
  /** By output. */
  readonly values: readonly Values[]
  readonly compiledAt: number
}

function run(segment: Segment, compiled: Compiled): Ran {
  const compiledAt = performance.now()
  const feeds: Feed[] = []
  segment.leaves.forEach((leaf, i) => {
    const name = compiled.inputs[i]
    if (name) feeds.push({ name, dtype: leaf.dtype, values: leafValues(leaf), shape: leaf.shape })
  })
  const results = compiled.session.run(feeds)
  const values = compiled.outputs.map((name) => results[name]!)
  return { compiled, inputs: feeds.length, values, compiledAt }
}

/** A first run; what fails in it is not kept. */
function compileAndRun(segment: Segment, outputs: readonly LazyNode[], plain: boolean): Ran {
  const compiled = compile(segment, outputs, plain)
  try {
    const ran = run(segment, compiled)
    if (getOptions().verify) verifyStep({ segment, outputs, values: ran.values, build: buildGraph, optimize })
    return ran
  } catch (error) {
    compiled.session.dispose()
    throw error
  }
}

/** Computes every recorded value that a tensor still holds; the rest is forgotten. */
export function realize(segment: Segment, cache: SessionCache): void {
  try {
    realizeOrThrow(segment, cache)
  } catch (error) {
    lose(segment.nodes, error)
    throw error
  }
}

function realizeOrThrow(segment: Segment, cache: SessionCache): void {
  const start = performance.now()
  const outputs = segment.nodes.filter((node) => node.references > 0)
  if (outputs.length === 0) return
  const baked = segment.leaves.map((leaf) => isBaked(leaf, segment))
  const leaves = segment.leaves.map(
    (leaf, i) => `${baked[i] ? `=${literal(leaf.attrs?.value as number)}` : ""}${leaf.dtype}${leaf.shape}`,
  )
  const live = outputs.map((node) => node.name)
  const key = `${optionsVersion()}|${segment.structure}|${leaves.join(" ")}|${live}`
  const found = cache.get(key)
  const prepared = performance.now()
  let ran: Ran
  try {
    ran = found ? run(segment, found) : compileAndRun(segment, outputs, false)
  } catch (cause) {
    ran = retry(cause, cache, () => compileAndRun(segment, outputs, true))
  }
  if (ran.compiled !== found) cache.set(key, ran.compiled)
  outputs.forEach((node, i) => {
    node.values = ran.values[i]!
  })
  // Drops the program's history, so that the buffers of dead values can be collected.
  for (const node of segment.nodes) node.inputs = []
  if (getOptions().verify) forget(segment.nodes)
  const end = performance.now()
  counters.runs++
  counters.runMs += end - ran.compiledAt
  counters.prepareMs += prepared - start
  if (getOptions().log) {
    const { recorded, optimized, onnx } = counters.lastGraph
    const built =
      ran.compiled === found
        ? "hit"
        : `compiled ${(ran.compiledAt - prepared).toFixed(0)} ms, nodes ${recorded} > ${optimized} > ${onnx}`
    process.stderr.write(
      `ort: ${segment.nodes.length} recorded, ${outputs.length} live, ${ran.inputs} inputs; ${built}; run ${(end - ran.compiledAt).toFixed(1)} ms\n`,
    )
  }
}
