import type { Initializer, Model, OnnxNode, ValueInfo } from "@ifnormal/onnx"
import { TraceError } from "./errors.js"
import type { FixedModel } from "./trace-emit.js"

/** Name of the dynamic dimension. */
export const BATCH = "batch"

const int64s = ({ raw }: Initializer): number[] =>
  Array.from(new BigInt64Array(raw.buffer, raw.byteOffset, raw.byteLength / 8), Number)

const same = (a: Initializer, b: Initializer): boolean =>
  a.type === b.type && a.dims.join() === b.dims.join() && Buffer.compare(a.raw, b.raw) === 0

/**
 * One model for every batch size, of models of one function at several. Nodes have to agree in everything; a list of
 * int64 (a shape, bounds of a slice) may differ in entries that are linear in the batch size: it is computed from the
 * shape of the first input then.
 * @param inputs of the result; the first has the batch size as its first dimension
 * @throws TraceError when the models differ in anything else
 */
export function unifyBatches(
  name: string,
  models: readonly FixedModel[],
  batches: readonly number[],
  inputs: readonly ValueInfo[],
): Pick<Model, "nodes" | "inputs" | "outputs" | "initializers"> {
  return new Unifier(name, models, batches, inputs).run()
}

class Unifier {
  private readonly nodes: OnnxNode[] = []
  private readonly initializers = new Map<string, Initializer>()
  /** Initializers of each model by name. */
  private readonly tables: readonly ReadonlyMap<string, Initializer>[]
  /** Values that are computed from the batch size, by what they are. */
  private readonly computed = new Map<string, string>()

  constructor(
    private readonly name: string,
    private readonly models: readonly FixedModel[],
    private readonly batches: readonly number[],
    private readonly inputs: readonly ValueInfo[],
  ) {
    this.tables = models.map(({ initializers }) => new Map(initializers.map((entry) => [entry.name, entry])))
  }

  run(): ReturnType<typeof unifyBatches> {
    const [first, ...others] = this.models as [FixedModel, ...FixedModel[]]
    if (others.some(({ nodes }) => nodes.length !== first.nodes.length))
      throw this.differs(`has ${this.models.map(({ nodes }) => nodes.length).join(", ")} nodes`)
    first.nodes.forEach((node, i) => {
      this.node(
        node,
        others.map(({ nodes }) => nodes[i]!),
      )
    })
    const outputs = first.outputs.map((output, i) =>
      this.output(
        output,
        others.map((other) => other.outputs[i]!),
      ),
    )
    return { nodes: this.nodes, inputs: this.inputs, outputs, initializers: [...this.initializers.values()] }
  }

  private differs(what: string): TraceError {
    return new TraceError(
      `${this.name} has no ONNX form: it ${what} at batch sizes ${this.batches.join(", ")}, so its graph depends on the batch size.`,
      "Compute each example by itself, with nothing made from the batch size outside of tensors.",
    )
  }

  private node(node: OnnxNode, others: readonly OnnxNode[]): void {
    const shape = (entry: OnnxNode) =>
      JSON.stringify([entry.op, entry.domain, entry.attributes, entry.outputs])
    for (const other of others)
      if (shape(other) !== shape(node) || other.inputs.length !== node.inputs.length)
        throw this.differs(`computes ${node.op} ${node.outputs[0]} as ${other.op} ${other.outputs[0]}`)
    const inputs = node.inputs.map((input, i) =>
      this.input(
        node.op,
        input,
        others.map((other) => other.inputs[i]!),
      ),
    )
    this.nodes.push({ ...node, inputs })
  }

  /** A value keeps its name; a constant is compared by content, since equal contents share a name in each model. */
  private input(op: string, input: string, others: readonly string[]): string {
    const constants = [input, ...others].map((name, i) => this.tables[i]!.get(name))
    if (constants.every((entry) => entry === undefined)) {
      if (others.every((other) => other === input)) return input
      throw this.differs(`feeds ${op} with ${[input, ...others].join(", ")}`)
    }
    const [first, ...rest] = constants
    if (!first || rest.some((entry) => !entry)) throw this.differs(`feeds ${op} with a constant in part`)
    if (rest.every((entry) => same(first, entry!))) return this.keep(first)
    return this.fromBatch(op, constants as Initializer[])
  }

  private keep(entry: Initializer): string {
    // Constants of the emitter ("c12") may mean other contents at the other sizes, so they are named by content.
    const own = /^c\d+$/.test(entry.name)
    const key = own ? `${entry.type} ${entry.dims} ${Buffer.from(entry.raw).toString("hex")}` : entry.name
    let kept = this.initializers.get(key)
    if (!kept) {
      kept = own ? { ...entry, name: `c${this.initializers.size}` } : entry
      this.initializers.set(key, kept)
    }
    return kept.name
  }

  private ints(values: readonly number[]): string {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    return this.keep({ name: "c0", type: "int64", dims: [values.length], raw })
  }

  /** A list of int64 whose entries are slope * batch + offset. */
  private fromBatch(op: string, constants: readonly Initializer[]): string {
    const lists = constants.map((entry) => (entry.type === "int64" ? int64s(entry) : []))
    const [first, second] = lists as [number[], number[]]
    if (first.length === 0 || lists.some((list) => list.length !== first.length))
      throw this.differs(
        `feeds ${op} with a constant of ${constants[0]!.type} [${constants.map(({ dims }) => dims).join("], [")}] that changes`,
      )
    const [one, two] = this.batches as [number, number]
    const entries = first.map((value, i) => {
      const slope = (second[i]! - value) / (two - one)
      const offset = value - slope * one
      const linear = lists.every((list, at) => list[i] === slope * this.batches[at]! + offset)
      if (!linear || !Number.isInteger(slope))
        throw this.differs(`feeds ${op} with ${lists.map((list) => list[i]).join(", ")}`)
      return { slope, offset }
    })
    const dynamic = entries.filter(({ slope }) => slope !== 0)
    // Reshape finds one size by itself, and simpler graphs suit more runtimes.
    if (op === "Reshape" && dynamic.length === 1 && !first.includes(0))
      return this.ints(entries.map(({ slope, offset }) => (slope === 0 ? offset : -1)))
    return this.list(entries)
  }

  private list(entries: readonly { slope: number; offset: number }[]): string {
    return this.compute(JSON.stringify(entries), () => {
      const parts: string[] = []
      let run: number[] = []
      const flush = () => {
        if (run.length > 0) parts.push(this.ints(run))
        run = []
      }
      for (const { slope, offset } of entries) {
        if (slope === 0) {
          run.push(offset)
          continue
        }
        flush()
        parts.push(this.linear(slope, offset))
      }
      flush()
      return parts.length === 1 ? parts[0]! : this.op("Concat", parts, { axis: 0 })
    })
  }

  private linear(slope: number, offset: number): string {
    const size = this.compute("batch", () => this.op("Shape", [this.inputs[0]!.name], { start: 0, end: 1 }))
    return this.compute(`${slope} ${offset}`, () => {
      const scaled = slope === 1 ? size : this.op("Mul", [size, this.ints([slope])])
      return offset === 0 ? scaled : this.op("Add", [scaled, this.ints([offset])])
    })
  }

  private compute(key: string, make: () => string): string {
    let value = this.computed.get(key)
    if (value === undefined) {
      value = make()
      this.computed.set(key, value)
    }
    return value
  }

  private op(op: string, inputs: readonly string[], attributes?: OnnxNode["attributes"]): string {
    const output = `batch${this.nodes.length}`
    this.nodes.push({ op, inputs, outputs: [output], attributes })
    return output
  }

  /** An output with "batch" for its first size. */
  private output(value: ValueInfo, others: readonly ValueInfo[]): ValueInfo {
    const [, ...rest] = value.dims
    const all = [value, ...others].map(({ dims }) => dims)
    if (all.some((dims, i) => dims[0] !== this.batches[i] || dims.slice(1).join() !== rest.join()))
      throw this.differs(`gives ${value.name} of [${all.join("], [")}]`)
    return { ...value, dims: [BATCH, ...rest] }
  }
}
