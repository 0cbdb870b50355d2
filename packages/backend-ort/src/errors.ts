/** Base of everything this package throws on purpose: a code for programs, a next step for people. */
export class OrtBackendError extends Error {
  readonly code: string
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = "OrtBackendError"
    this.code = code
  }
}

/** onnxruntime-node is not installed for this machine, or is another version. */
export class BindingMissingError extends OrtBackendError {
  constructor(cause: unknown) {
    super(
      "ORT_BINDING_MISSING",
      `onnxruntime-node's synchronous binding could not be loaded on ${process.platform}/${process.arch}. ` +
        "Use the pinned onnxruntime-node 1.30.0 on Linux, macOS or Windows (x64, arm64), or the cpu backend.",
      cause,
    )
  }
}

/** Under `strict`: a kernel has no ONNX form for its arguments. */
export class FallbackError extends OrtBackendError {
  constructor(message: string) {
    super("ORT_FALLBACK", message)
  }
}

/** A compiled graph failed while it ran, with the passes and without them. */
export class RunError extends OrtBackendError {
  constructor(cause: unknown) {
    const { message } = cause as Error
    const memory = /alloc|memory|exceeds the supported maximum/i.test(message)
    const next = memory
      ? 'Use a smaller batch or setOptions({ memory: "low" }).'
      : "The message is onnxruntime's; values that only this step computed are lost, all others can still be used."
    super(memory ? "ORT_MEMORY" : "ORT_RUN", `onnxruntime could not run the step: ${message} ${next}`, cause)
  }
}

/** A tensor is read whose step failed. */
export class LostValueError extends OrtBackendError {
  constructor(op: string, cause: unknown) {
    super(
      "ORT_LOST_VALUE",
      `The value of this ${op} was never computed, because its step failed: ${(cause as Error)?.message}. ` +
        "Compute it again, or assign the variable that holds it from a checkpoint.",
      cause,
    )
  }
}

/** With `verify`: the compiled step and tfjs-backend-cpu disagree. */
export class VerifyError extends OrtBackendError {
  constructor(message: string) {
    super("ORT_VERIFY", message)
  }
}

/** A faulty graph: a pass broke it, or onnxruntime refuses it. */
export class GraphError extends OrtBackendError {
  constructor(message: string, cause?: unknown) {
    super("ORT_GRAPH", message, cause)
  }
}
