// What core's IfnormalError.isInstance looks for; this package does not import core.
const marker = Symbol.for("ifnormal.error")

/**
 * "onnx-model": the file is broken. "onnx-limit": it asks for more than a limit allows. "onnx-unsupported": it is valid, and
 * uses what is not read or computed here. "onnx-feed": the tensors that a run was given do not fit. "onnx-run": an operator
 * refused its inputs.
 */
export type ImportErrorCode = "onnx-model" | "onnx-limit" | "onnx-unsupported" | "onnx-feed" | "onnx-run"

/** An ONNX file that cannot be read or computed. */
export class ImportError extends Error {
  readonly code: ImportErrorCode
  /** What the user can do next. */
  readonly next: string
  /** Everything in the file that is not supported, such as "NonZero (opset 13)"; empty for other codes. */
  readonly operators: readonly string[]

  constructor(
    code: ImportErrorCode,
    message: string,
    next: string,
    options: { readonly operators?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = "ImportError"
    this.code = code
    this.next = next
    this.operators = options.operators ?? []
    Object.defineProperty(this, marker, { value: true })
  }
}

/** A broken file: what was found where. */
export const broken = (message: string, cause?: unknown): ImportError =>
  new ImportError(
    "onnx-model",
    message,
    "Export the model again, or check the file with onnx.checker; a truncated download is the usual reason.",
    { cause },
  )

/** A valid file with something that is not read. `what` goes into `operators`. */
export const unsupported = (operators: readonly string[], message: string, next: string): ImportError =>
  new ImportError("onnx-unsupported", message, next, { operators })
