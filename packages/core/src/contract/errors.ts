/** What every ifnormal error carries. */
export interface ErrorDetails {
  /** Stable and short, e.g. "checkpoint-hash". */
  readonly code: string
  /** What was found and what was expected, one sentence each. */
  readonly message: string
  /** What the user can do next. */
  readonly next: string
  readonly cause?: unknown
}

const marker = Symbol.for("ifnormal.error")

/** Base of every error that ifnormal throws on purpose. */
export class IfnormalError extends Error {
  readonly code: string
  readonly next: string
  /** name@version of the plugin whose code threw it, where it is known. */
  declare plugin?: string

  constructor(details: ErrorDetails) {
    super(details.message, { cause: details.cause })
    this.name = new.target.name
    this.code = details.code
    this.next = details.next
    Object.defineProperty(this, marker, { value: true })
  }

  /** True for errors of any loaded copy of core. */
  static isInstance(error: unknown): error is IfnormalError {
    return typeof error === "object" && error !== null && marker in error
  }
}

/** A config, option or command-line value is wrong. */
export class ConfigError extends IfnormalError {}
/** A plugin does not fit. */
export class PluginError extends IfnormalError {}
/** A data set or image cannot be used. */
export class DataError extends IfnormalError {}
/** A saved detector, generator or state cannot be used. */
export class CheckpointError extends IfnormalError {}
/** A tensor has a wrong shape. */
export class ShapeError extends IfnormalError {}
/** Training cannot go on. */
export class TrainingError extends IfnormalError {}
/** A file or folder cannot be read or written. */
export class FileError extends IfnormalError {}
/** The engine (backend) is missing or refuses. */
export class EngineError extends IfnormalError {}
