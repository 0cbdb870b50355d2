/** Base of everything this package throws on purpose: a code for programs, a next step for people. */
export class OrtBackendError extends Error {
  readonly code: string
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = "OrtBackendError"
    this.code = code
  }
}

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

export class FallbackError extends OrtBackendError {
  constructor(message: string) {
    super("ORT_FALLBACK", message)
  }
}

export class GraphError extends OrtBackendError {
  constructor(message: string, cause?: unknown) {
    super("ORT_GRAPH", message, cause)
  }
}

export class ReplayError extends OrtBackendError {
  constructor(difference: string, replays: number) {
    super(
      "ORT_REPLAY",
      `A compiled program changed after ${replays} replays: ${difference}. ` +
        "Expected a pure program: pass what changes from call to call as an input tensor or keep it in a variable, or do not compile it.",
    )
  }
}
