import {
  type BackendValues,
  backend_util,
  type DataId,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  type Tensor,
  type TensorInfo,
} from "@tensorflow/tfjs-core"
import { leafValues } from "./constants.js"
import { TraceError } from "./errors.js"
import type { Attrs, Dtype, Values } from "./graph.js"
import { type Realized, realize } from "./realize.js"
import { type LazyNode, Recorder, SEGMENT_LIMIT, type Segment } from "./recorder.js"
import { type Program, replayed } from "./replay.js"
import { type Compiled, SessionCache } from "./session-cache.js"
import { type Shape, sameShape, size } from "./shapes.js"

/** Strings and complex numbers never enter a graph; they are kept for the cpu backend's kernels. */
export interface HostData {
  readonly strings?: BackendValues
  readonly complex?: { readonly real: TensorInfo; readonly imag: TensorInfo }
}
interface Entry {
  readonly node?: LazyNode
  readonly host?: HostData
  count: number
}

const numeric = (dtype: DataType): dtype is Dtype =>
  dtype === "float32" || dtype === "int32" || dtype === "bool"
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const

/** Storage, reference counts and reads. Knows no operator. */
export class OrtBackend extends KernelBackend {
  private readonly storage = new DataStorage<Entry>(this, engine())
  private readonly recorder = new Recorder()
  private readonly cache = new SessionCache()
  /** While a function is traced a read throws: what depends on values is no fixed graph. */
  tracing = false

  private entry(dataId: DataId): Entry {
    return this.storage.get(dataId)
  }

  private keep(node: LazyNode): TensorInfo {
    const dataId = {}
    node.references++
    this.storage.set(dataId, { node, count: 1 })
    return { dataId, shape: node.shape as number[], dtype: node.dtype }
  }

  /** Data that came from another backend may be shared by tensors of several shapes. */
  private node({ dataId, shape }: TensorInfo): LazyNode {
    const node = this.entry(dataId).node!
    return sameShape(node.shape, shape)
      ? node
      : this.recorder.record("Reshape", [node], null, shape, node.dtype)
  }

  /** Appends a kernel call to the pending graph. */
  record(
    op: string,
    inputs: readonly TensorInfo[],
    attrs: Attrs | null,
    shape: Shape,
    dtype: DataType,
  ): TensorInfo {
    const nodes = inputs.map((info) => this.node(info))
    const info = this.keep(this.recorder.record(op, nodes, attrs, shape, dtype as Dtype))
    if (this.recorder.length >= SEGMENT_LIMIT) this.realize()
    return info
  }

  /** `value` everywhere, without computing or uploading. */
  fill(value: number, shape: Shape, dtype: DataType): TensorInfo {
    return this.keep(this.recorder.fill(value, shape, dtype as Dtype))
  }

  /** The number of a fill that is still a fill; undefined for any other value. */
  fillValue({ dataId }: TensorInfo): number | undefined {
    const node = this.entry(dataId).node
    return node?.op === "Fill" && !node.state ? (node.attrs?.value as number) : undefined
  }

  /** The node that holds a tensor's value; undefined for strings and complex numbers. */
  nodeOf({ dataId }: TensorInfo): LazyNode | undefined {
    return this.storage.has(dataId) ? this.entry(dataId).node : undefined
  }

  /** Values that are present without computing: of an upload, or the one number of a fill. Not to be written to. */
  known({ dataId }: TensorInfo): Values | readonly number[] | undefined {
    const { node } = this.entry(dataId)
    return node?.values ?? (node?.op === "Fill" ? [node.attrs?.value as number] : undefined)
  }

  /** The same data under another tensor, as tfjs's Identity does. */
  share({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    this.entry(dataId).count++
    return { dataId, shape, dtype }
  }

  complex(real: TensorInfo, imag: TensorInfo): TensorInfo {
    const dataId = {}
    this.storage.set(dataId, {
      host: { complex: { real: this.share(real), imag: this.share(imag) } },
      count: 1,
    })
    return { dataId, shape: real.shape, dtype: "complex64" }
  }

  hostData(dataId: DataId): HostData | undefined {
    return this.entry(dataId).host
  }

  private refuseReads(): void {
    if (this.tracing)
      throw new TraceError("it reads values while it runs", "Compute with tensors only, without data().")
  }

  /** Computes everything pending that a tensor holds. */
  realize(): Realized | undefined {
    this.refuseReads()
    return this.recorder.length > 0 ? realize(this.recorder.take(), this.cache) : undefined
  }

  /** Number of the segment being recorded: changes when something is realized. */
  get segment(): number {
    return this.recorder.segment
  }

  /** As `nodeOf`; undefined also where the tensor sees the value under another shape. */
  lazy(info: TensorInfo): LazyNode | undefined {
    const node = this.nodeOf(info)
    return node && sameShape(node.shape, info.shape) ? node : undefined
  }

  /** A new value present on the host; `values` is not copied. */
  adopt(values: Values, shape: Shape, dtype: Dtype): LazyNode {
    return this.recorder.value(values, shape, dtype)
  }

  /** A tensor of its own that holds the value. */
  tensor(node: LazyNode): Tensor {
    return engine().makeTensorFromTensorInfo(this.keep(node), this)
  }

  compiled(key: string): Compiled | undefined {
    return this.cache.get(key)
  }

  /** See replay.ts. */
  replayed(program: Program): Program {
    return replayed(this, program)
  }

  /** Takes what is recorded instead of computing it, with the nodes of these tensors; they hold no values then. */
  take(tensors: readonly TensorInfo[]): { segment: Segment; nodes: LazyNode[] } {
    const nodes = tensors.map((tensor) => this.node(tensor))
    return { segment: this.recorder.take(), nodes }
  }

  private values(dataId: DataId): BackendValues {
    this.refuseReads()
    const { node, host } = this.entry(dataId)
    if (host?.complex) {
      const real = this.values(host.complex.real.dataId) as Float32Array
      const imag = this.values(host.complex.imag.dataId) as Float32Array
      return backend_util.mergeRealAndImagArrays(real, imag)
    }
    if (!node) return host!.strings!
    if (node.values === null && node.op !== "Fill") this.realize()
    // A copy: the program may write into what it reads, and the value must stay.
    return leafValues(node).slice()
  }

  override readSync(dataId: DataId): BackendValues {
    return this.values(dataId)
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.values(dataId)
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {}
    this.move(dataId, values, shape, dtype, 1)
    return dataId
  }

  override move(
    dataId: DataId,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    count: number,
  ): void {
    if (!numeric(dtype)) {
      if (dtype === "complex64")
        throw new TypeError("Complex tensors are made from their real and imaginary parts.")
      this.storage.set(dataId, { host: { strings: values }, count })
      return
    }
    // A copy: recorded nodes read it later, and the caller may reuse its buffer.
    const owned: Values =
      values == null ? new arrays[dtype](size(shape)) : new arrays[dtype](values as unknown as number[])
    const node = this.recorder.value(owned, shape.slice(), dtype)
    node.references = 1
    this.storage.set(dataId, { node, count })
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.storage.has(dataId)) return true
    const entry = this.entry(dataId)
    entry.count--
    if (!force && entry.count > 0) return false
    if (entry.node) entry.node.references--
    if (entry.host?.complex) {
      this.disposeData(entry.host.complex.real.dataId)
      this.disposeData(entry.host.complex.imag.dataId)
    }
    this.storage.delete(dataId)
    return true
  }

  /** Called by tfjs when a variable takes a tensor's data; kernels use share(). */
  override incRef(dataId: DataId): void {
    const entry = this.entry(dataId)
    entry.count++
    if (entry.node) entry.node.state = true
  }

  override refCount(dataId: DataId): number {
    return this.storage.has(dataId) ? this.entry(dataId).count : 0
  }

  override numDataIds(): number {
    return this.storage.numDataIds()
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false }
  }

  override floatPrecision(): 16 | 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override timerAvailable(): boolean {
    return true
  }

  override async time(run: () => void): Promise<{ kernelMs: number }> {
    const start = performance.now()
    run()
    this.realize()
    return { kernelMs: performance.now() - start }
  }

  /** Compiled structures kept now. */
  get sessionCount(): number {
    return this.cache.size
  }

  override dispose(): void {
    this.cache.clear()
  }
}
