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
