// What core's IfnormalError.isInstance looks for; this package does not import core.
const marker = Symbol.for("ifnormal.error")

/** A model that does not load or does not take what it was fed. Codes: core's contract/session.ts. */
export class SessionError extends Error {
  readonly code: string
  /** What the user can do next. */
  readonly next: string

  constructor(code: string, message: string, next: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = "SessionError"
    this.code = code
    this.next = next
    Object.defineProperty(this, marker, { value: true })
  }
}
