/** Base of everything this package throws on purpose: a code for programs, a next step for people. */
export class OrtBackendError extends Error {
  readonly code: string
  /** What the user can do next; where absent, the message says it. */
  readonly next?: string
  constructor(code: string, message: string, cause?: unknown, next?: string) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = "OrtBackendError"
    this.code = code
    if (next !== undefined) this.next = next
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

/** A compiled program (see replay.ts) that turned out to be impure. */
export class ReplayError extends OrtBackendError {
  constructor(difference: string, replays: number) {
    super(
      "ORT_REPLAY",
      `A compiled program changed after ${replays} replays: ${difference}. ` +
        "Expected a pure program: pass what changes from call to call as an input tensor or keep it in a variable, or do not compile it.",
    )
  }
}

/** A provider that does not work here. */
export class ProviderError extends OrtBackendError {
  constructor(provider: string, reason: string, next: string) {
    super("ORT_PROVIDER", `The provider ${provider} does not work here: ${reason}.`, undefined, next)
  }
}

/** A function that has no ONNX form: it reads values, runs a kernel on the host, or depends on the batch size. */
export class TraceError extends OrtBackendError {
  constructor(message: string, next: string, cause?: unknown) {
    super("ORT_TRACE", message, cause, next)
  }
}
