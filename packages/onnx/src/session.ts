/**
 * One session on onnxruntime's JavaScript API, which onnxruntime-node and onnxruntime-web share. It has the shape of
 * core's SessionRunner (contract/session.ts), checks every feed against what the model declares, and turns what the
 * engine throws into errors with a code.
 */
import { refuseExternalData } from "./external.js"
import { SessionError } from "./session-error.js"

/** Array of each element type; booleans are bytes. */
const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const
type Arrays = typeof arrays
type Dtype = keyof Arrays

/** As core's SessionTensor. */
export type RuntimeTensor = {
  readonly [D in Dtype]: {
    readonly dtype: D
    readonly dims: readonly number[]
    readonly data: InstanceType<Arrays[D]>
  }
}[Dtype]

/** As core's SessionValue. */
export interface RuntimeValue {
  readonly name: string
  readonly dtype: Dtype
  readonly dims: readonly (number | string | undefined)[]
}

interface Metadata {
  readonly name: string
  readonly isTensor: boolean
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}
interface EngineTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
}
interface EngineSession {
  readonly inputMetadata: readonly Metadata[]
  readonly outputMetadata: readonly Metadata[]
  run(feeds: Record<string, never>, fetches: readonly string[]): Promise<Readonly<Record<string, unknown>>>
  release(): Promise<void>
}

/** What a runner uses of onnxruntime's JavaScript API. */
export interface OnnxRuntime {
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => unknown
  readonly InferenceSession: { create(model: Uint8Array, options?: never): Promise<EngineSession> }
}

export interface RuntimeRunnerOptions {
  /** How errors call the engine, such as "onnxruntime-node". */
  readonly engine: string
  /** Brings the engine, at the first load. @throws what becomes the cause of "session-engine" */
  readonly runtime: () => Promise<OnnxRuntime>
  /** Session options of that engine, asked for at each load. */
  readonly options: () => Readonly<Record<string, unknown>>
  /** What to do when the engine does not start. */
  readonly install: string
}

/** Runs ONNX files on an onnxruntime; as core's SessionRunner. */
export class RuntimeRunner {
  readonly engine: string
  readonly #options: RuntimeRunnerOptions

  constructor(options: RuntimeRunnerOptions) {
    this.engine = options.engine
    this.#options = options
  }

  /** @throws SessionError "session-model", "session-dtype", "session-engine" */
  async load(model: Uint8Array): Promise<RuntimeSession> {
    const { runtime, options, install } = this.#options
    try {
      // Before native code sees the file: an engine would open whatever file it names.
      refuseExternalData(model)
    } catch (cause) {
      throw new SessionError(
        "session-model",
        `The ${model.byteLength} bytes are refused, expected an ONNX model with its weights inside: ${message(cause)}`,
        "Check that the file is whole and a .onnx file; save it with its weights inside: onnx.save(onnx.load(path), path).",
        cause,
      )
    }
    const ort = await runtime().catch((cause: unknown) => {
      throw new SessionError(
        "session-engine",
        `${this.engine} could not be loaded: ${message(cause)}`,
        install,
        cause,
      )
    })
    let session: EngineSession
    try {
      session = await ort.InferenceSession.create(model, options() as never)
    } catch (cause) {
      throw new SessionError(
        "session-model",
        `${this.engine} refused ${model.byteLength} bytes, expected an ONNX model it can run: ${message(cause)}`,
        "Check that the file is whole and a .onnx file with its weights inside, of operators that this engine has.",
        cause,
      )
    }
    try {
      return new RuntimeSession(ort, session, this.engine)
    } catch (error) {
      await session.release()
      throw error
    }
  }
}

/** A loaded model; as core's Session. */
export class RuntimeSession {
  readonly inputs: readonly RuntimeValue[]
  readonly outputs: readonly RuntimeValue[]
  readonly #ort: OnnxRuntime
  readonly #engine: string
  #session: EngineSession | undefined

  constructor(ort: OnnxRuntime, session: EngineSession, engine: string) {
    this.inputs = session.inputMetadata.map((value) => declared("input", value))
    this.outputs = session.outputMetadata.map((value) => declared("output", value))
    this.#ort = ort
    this.#engine = engine
    this.#session = session
  }

  /** @throws SessionError, codes as core's Session.run */
  async run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    outputs: readonly string[] = this.outputs.map(({ name }) => name),
  ): Promise<Record<string, RuntimeTensor>> {
    if (!this.#session)
      throw new SessionError(
        "session-disposed",
        "The session was disposed before this run.",
        "Load the model again, or dispose later.",
      )
    checkFeeds(this.inputs, feeds)
    for (const name of outputs) known("output", name, this.outputs)
    const tensors: Record<string, unknown> = {}
    for (const [name, { dtype, data, dims }] of Object.entries(feeds))
      tensors[name] = new this.#ort.Tensor(dtype as never, data as never, dims)
    let results: Readonly<Record<string, unknown>>
    try {
      results = await this.#session.run(tensors as Record<string, never>, outputs)
    } catch (cause) {
      throw new SessionError(
        "session-run",
        `${this.#engine} failed while it ran the model: ${message(cause)}`,
        "Check the sizes of the feeds against what the model was made for; the message above names the operator.",
        cause,
      )
    }
    return Object.fromEntries(outputs.map((name) => [name, owned(results[name] as EngineTensor)]))
  }

  /** Frees the engine's memory; a second call does nothing. */
  async dispose(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.release()
  }
}

const message = (cause: unknown): string =>
  cause instanceof Error ? cause.message.trim().split("\n")[0]! : String(cause)

function declared(side: "input" | "output", { name, isTensor, type, shape = [] }: Metadata): RuntimeValue {
  if (!isTensor || !type || !(type in arrays))
    throw new SessionError(
      "session-dtype",
      `The model's ${side} "${name}" is ${isTensor ? type : "no tensor"}, expected a tensor of ${Object.keys(arrays).join(", ")}.`,
      "Convert the model so that its inputs and outputs are float32 (float16 converters call this keep_io_types).",
    )
  // onnxruntime writes a dimension without size or name as "" or -1.
  const dims = shape.map((dim) => (dim === "" || (typeof dim === "number" && dim < 0) ? undefined : dim))
  return { name, dtype: type as Dtype, dims }
}

function known(side: "input" | "output", name: string, values: readonly RuntimeValue[]): RuntimeValue {
  const found = values.find((value) => value.name === name)
  if (found) return found
  throw new SessionError(
    `session-${side}-unknown`,
    `The model has no ${side} "${name}", expected ${values.map((value) => `"${value.name}"`).join(", ")}.`,
    `Use the names of the session's ${side}s.`,
  )
}

const show = (dims: readonly unknown[]): string => `[${dims.map((dim) => dim ?? "?").join(", ")}]`

function checkFeeds(inputs: readonly RuntimeValue[], feeds: Readonly<Record<string, RuntimeTensor>>): void {
  for (const name of Object.keys(feeds)) known("input", name, inputs)
  const sizes = new Map<string, number>()
  for (const input of inputs) {
    const feed = feeds[input.name]
    if (!feed)
      throw new SessionError(
        "session-input-missing",
        `Input "${input.name}" is missing, expected ${input.dtype} ${show(input.dims)}.`,
        "Feed every input of the session.",
      )
    checkFeed(input, feed, sizes)
  }
}

/** @param sizes sizes that named dimensions had in the feeds before: the same name has to mean the same size */
function checkFeed(input: RuntimeValue, feed: RuntimeTensor, sizes: Map<string, number>): void {
  const { name, dtype, dims } = input
  if (feed.dtype !== dtype || !(feed.data instanceof arrays[dtype]))
    throw new SessionError(
      "session-dtype",
      `Input "${name}" got ${feed.dtype} in a ${feed.data?.constructor?.name ?? typeof feed.data}, expected ${dtype} in a ${arrays[dtype].name}.`,
      "Convert the numbers to the type that the session's input names.",
    )
  const wrong = dims.length > 0 && (dims.length !== feed.dims.length || dims.some(differs))
  function differs(dim: number | string | undefined, axis: number): boolean {
    const size = feed.dims[axis]!
    if (typeof dim === "number") return dim !== size
    if (dim === undefined) return false
    const before = sizes.get(dim) ?? size
    sizes.set(dim, before)
    return before !== size
  }
  if (wrong) {
    const named = dims.map((dim, axis) => {
      const size = typeof dim === "string" ? sizes.get(dim) : undefined
      return size === undefined || size === feed.dims[axis] ? dim : `${dim} (${size})`
    })
    throw new SessionError(
      "session-shape",
      `Input "${name}" got the shape ${show(feed.dims)}, expected ${show(named)}.`,
      "Resize or reshape the input; every input has the same batch size.",
    )
  }
  const count = feed.dims.reduce((product, dim) => product * dim, 1)
  if (feed.data.length !== count)
    throw new SessionError(
      "session-shape",
      `Input "${name}" got ${feed.data.length} numbers for the shape ${show(feed.dims)}, expected ${count}.`,
      "Pass as many numbers as the shape has elements.",
    )
}

/** A copy: an engine may reuse the buffer behind its outputs. */
function owned({ type, dims, data }: EngineTensor): RuntimeTensor {
  return { dtype: type, dims: [...dims], data: (data as Float32Array).slice() } as RuntimeTensor
}
