/**
 * The only file that touches onnxruntime-node. Its public API is asynchronous, which tfjs's dataSync() cannot wait for;
 * the binding below it is private but synchronous, so it is loaded here and nowhere else.
 */
import { createRequire } from "node:module"
import { BindingMissingError, GraphError, RunError } from "./errors.js"
import type { Dtype, Values } from "./graph.js"
import { getOptions } from "./options.js"
import type { Shape } from "./shapes.js"

interface OrtTensor {
  readonly data: Values
}
interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void
  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, null>,
    options: object,
  ): Record<string, OrtTensor>
  endProfiling(): void
  dispose(): void
}
interface Native {
  InferenceSession: new () => NativeSession
  Tensor: new (dtype: Dtype, values: Values, shape: Shape) => OrtTensor
  version: string
}

let native: Native | undefined

function load(): Native {
  if (native) return native
  try {
    const require = createRequire(import.meta.url)
    const { binding, initOrt } = require("onnxruntime-node/dist/binding")
    // onnxruntime-node's own copy: the binding checks values against the class it was initialized with.
    const { Tensor } = createRequire(require.resolve("onnxruntime-node"))("onnxruntime-common")
    initOrt()
    if (typeof binding.InferenceSession.prototype.loadModel !== "function")
      throw new TypeError("no loadModel")
    native = {
      InferenceSession: binding.InferenceSession,
      Tensor,
      version: require("onnxruntime-node/package.json").version,
    }
    return native
  } catch (cause) {
    throw new BindingMissingError(cause)
  }
}

export const ortVersion = (): string => load().version

export interface Feed {
  readonly name: string
  readonly dtype: Dtype
  readonly values: Values
  readonly shape: Shape
}

/** A compiled graph. */
export class Session {
  private readonly session: NativeSession
  private readonly fetches: Record<string, null>
  private readonly profiled: boolean

  /** `threads`: small graphs take 1, so that they start no thread pool of their own. */
  constructor(model: Uint8Array, outputs: readonly string[], threads = getOptions().threads) {
    const { memory, spinning, profile } = getOptions()
    this.profiled = profile !== undefined
    this.session = new (load().InferenceSession)()
    this.fetches = Object.fromEntries(outputs.map((name) => [name, null]))
    try {
      this.session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
        // "disabled" compiles in 1.0 s instead of 2.0-3.0 s and runs no slower: the passes have done the work.
        graphOptimizationLevel: "disabled",
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        enableCpuMemArena: memory === "fast",
        // Off: 1.4 GB against 1.9 GB for a width-16 step, at the same speed.
        enableMemPattern: false,
        // Fatal only: an error is thrown, and told once.
        logSeverityLevel: 4,
        // No set_denormal_as_zero: it flushes denormals in the calling thread for good, JavaScript's numbers included.
        ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
        extra: { session: { intra_op: { allow_spinning: spinning ? "1" : "0" } } },
      })
    } catch (cause) {
      throw new GraphError(`onnxruntime refused the graph: ${(cause as Error).message}`, cause)
    }
  }

  /** Values by output name, in buffers of their own. */
  run(feeds: readonly Feed[]): Record<string, Values> {
    const { Tensor } = load()
    const inputs: Record<string, OrtTensor> = {}
    for (const { name, dtype, values, shape } of feeds) inputs[name] = new Tensor(dtype, values, shape)
    let results: Record<string, OrtTensor>
    try {
      results = this.session.run(inputs, this.fetches, {})
    } catch (cause) {
      throw new RunError(cause)
    }
    const values: Record<string, Values> = {}
    for (const name in this.fetches) values[name] = results[name]!.data
    return values
  }

  dispose(): void {
    if (this.profiled) this.session.endProfiling()
    this.session.dispose()
  }
}
