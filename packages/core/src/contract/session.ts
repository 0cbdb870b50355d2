/** Element types that a session takes and gives, and the arrays that carry them. Booleans are bytes, 0 or 1. */
export interface SessionArrays {
  readonly float32: Float32Array
  readonly float64: Float64Array
  readonly int8: Int8Array
  readonly uint8: Uint8Array
  readonly int16: Int16Array
  readonly uint16: Uint16Array
  readonly int32: Int32Array
  readonly uint32: Uint32Array
  readonly int64: BigInt64Array
  readonly uint64: BigUint64Array
  readonly bool: Uint8Array
}
export type SessionDtype = keyof SessionArrays

/** Numbers that enter or leave a model, row-major. */
export type SessionTensor = {
  readonly [D in SessionDtype]: {
    readonly dtype: D
    readonly dims: readonly number[]
    readonly data: SessionArrays[D]
  }
}[SessionDtype]

/** An input or output as the model declares it. */
export interface SessionValue {
  readonly name: string
  readonly dtype: SessionDtype
  /** A name ("batch") or undefined where any size goes; [] for a scalar, and where the model declares no shape. */
  readonly dims: readonly (number | string | undefined)[]
}

/** A loaded ONNX model. */
export interface Session {
  readonly inputs: readonly SessionValue[]
  readonly outputs: readonly SessionValue[]
  /**
   * Runs the model once.
   * @param feeds one tensor per input, by name
   * @param outputs names of the outputs wanted; default: all
   * @returns tensors by name, in buffers of their own
   * @throws an error with `code` "session-input-unknown", "session-input-missing", "session-output-unknown",
   * "session-dtype", "session-shape", "session-disposed", or "session-run" when the engine itself fails
   */
  run(
    feeds: Readonly<Record<string, SessionTensor>>,
    outputs?: readonly string[],
  ): Promise<Record<string, SessionTensor>>
  /** Frees the engine's memory; a second call does nothing. */
  dispose(): Promise<void>
}

/**
 * Runs ONNX files, without saying how. Whoever starts the program brings one (Node: @ifnormal/backend-ort, browser:
 * @ifnormal/session-web) and detectors, generators and metrics find it in their context.
 */
export interface SessionRunner {
  /** The engine behind it, such as "onnxruntime-node". */
  readonly engine: string
  /**
   * @param model the bytes of a .onnx file, weights included; not kept
   * @throws an error with `code` "session-model" for bytes that are no model or use operators the engine lacks,
   * "session-dtype" for inputs or outputs of types outside `SessionDtype`, "session-engine" when the engine is missing
   */
  load(model: Uint8Array): Promise<Session>
}
