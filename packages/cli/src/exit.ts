// What a failure looks like: one line with a stable code, one line with what to do, and an exit code by class.

/** Exit codes of every command. 130 is Ctrl-C, as in a shell. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  data: 3,
  checkpoint: 4,
  training: 5,
  engine: 6,
  file: 7,
  interrupted: 130,
} as const

const BY_CLASS: Readonly<Record<string, number>> = {
  ConfigError: EXIT.usage,
  PluginError: EXIT.usage,
  DataError: EXIT.data,
  ImportError: EXIT.data,
  ShapeError: EXIT.data,
  CheckpointError: EXIT.checkpoint,
  TrainingError: EXIT.training,
  EngineError: EXIT.engine,
  SessionError: EXIT.engine,
  FileError: EXIT.file,
}

const BY_CODE: Readonly<Record<string, number>> = {
  stopped: EXIT.interrupted,
  "plugin-failed": EXIT.unexpected,
}

/** What is printed of an error, and the code the process ends with. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly next: string
  readonly exit: number
}

interface CodedError extends Error {
  readonly code: string
  readonly next?: string
  readonly plugin?: string
}

// The same marker as core's IfnormalError.isInstance. Not imported: core brings tfjs, and a mistyped option should not load it.
const marker = Symbol.for("ifnormal.error")

function isCoded(error: unknown): error is CodedError {
  return error instanceof Error && typeof (error as CodedError).code === "string"
}

/** Sorts any thrown value into code, message, next step and exit code. */
export function describeFailure(error: unknown): Failure {
  if (isCoded(error) && marker in error)
    return {
      code: error.code,
      message: `${error.message}${ofThirdParty(error)}`,
      next: error.next ?? "",
      exit: BY_CODE[error.code] ?? BY_CLASS[error.name] ?? EXIT.unexpected,
    }
  if (error instanceof Error && error.name === "AbortError")
    return { code: "stopped", message: "Stopped.", next: "Run the command again.", exit: EXIT.interrupted }
  if (isCoded(error) && error.code.startsWith("ORT_"))
    return {
      code: engineCode(error.code),
      message: error.message,
      next: error.next ?? "Run: ifnormal doctor, or use --backend cpu.",
      exit: EXIT.engine,
    }
  if (isCoded(error) && error.code.startsWith("commander.")) return usageFailure(error)
  if (isCoded(error) && SYSTEM[error.code])
    return {
      code: SYSTEM[error.code]![0],
      message: error.message,
      next: SYSTEM[error.code]![1],
      exit: EXIT.file,
    }
  return {
    code: "unexpected",
    message: error instanceof Error ? error.message : String(error),
    next: "This is a bug of ifnormal or of a plugin. Run again with IFNORMAL_DEBUG=1 and report the stack.",
    exit: EXIT.unexpected,
  }
}

// A typed error says what is wrong; where it comes from a plugin that is not ours, also whose error it is.
function ofThirdParty({ plugin, message }: CodedError): string {
  return !plugin || plugin.startsWith("@ifnormal/") || message.includes(plugin)
    ? ""
    : ` (in plugin ${plugin})`
}

// "ORT_BINDING_MISSING" to "ort-binding-missing": the engine has errors of its own.
function engineCode(code: string): string {
  return code.toLowerCase().replaceAll("_", "-")
}

const SYSTEM: Readonly<Record<string, readonly [code: string, next: string]>> = {
  ENOENT: ["not-found", "Check the path."],
  ENOTDIR: ["not-found", "Check the path: one of its parts is a file."],
  EISDIR: ["not-a-file", "Name a file, not a folder."],
  EACCES: ["not-writable", "Check the permissions, or name another folder."],
  EPERM: ["not-writable", "Check the permissions, or name another folder."],
  EROFS: ["not-writable", "The file system is read-only. Name another folder."],
  EEXIST: ["not-writable", "A file has the name of the folder that is needed. Name another folder."],
  ENOSPC: ["disk-full", "Free some space, or name a folder on another disk."],
}

// Commander says "error: unknown command 'trian'\n(Did you mean train?)": the second line is the next step.
function usageFailure(error: CodedError): Failure {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n")
  const hint = rest
    .join(" ")
    .replace(/^\(|\)$/g, "")
    .trim()
  return {
    code: error.code.replace("commander.", "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    message: first,
    next: hint || "ifnormal --help lists the commands, ifnormal <command> --help its options with examples.",
    exit: EXIT.usage,
  }
}

/** Prints a failure to stderr: two lines, or one JSON object. The stack only with IFNORMAL_DEBUG=1. */
export function printFailure(error: unknown, json: boolean): number {
  const { exit, ...shown } = describeFailure(error)
  const text = json
    ? `${JSON.stringify({ error: shown })}\n`
    : `error[${shown.code}]: ${shown.message}\n${shown.next ? `next: ${shown.next}\n` : ""}`
  process.stderr.write(text)
  if (process.env.IFNORMAL_DEBUG === "1")
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      process.stderr.write(`${cause === error ? "" : "caused by: "}${cause.stack}\n`)
  return exit
}
