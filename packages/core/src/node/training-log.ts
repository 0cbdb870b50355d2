import { type FileHandle, mkdir, open, readFile } from "node:fs/promises"
import { dirname } from "node:path"
import type { LogLine } from "../contract/run-files.js"
import { attempt, fileError, writeFileAtomic } from "./files.js"

/** log.jsonl: one LogLine per step, appended as training goes on. */
export class TrainingLog {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    /** The last line kept from an earlier process: its `seconds` go on counting. */
    readonly last: LogLine | undefined,
  ) {}

  /**
   * Opens a log for appending. Lines after `resumedStep` are cut off, as are lines that a killed process left half
   * written; without it the log starts empty.
   * @throws FileError as `writeFileAtomic`
   */
  static async open(path: string, options: { resumedStep?: number } = {}): Promise<TrainingLog> {
    const { resumedStep = 0 } = options
    const kept = (resumedStep > 0 ? await readLog(path) : []).filter(({ step }) => step <= resumedStep)
    await attempt("write", path, () => mkdir(dirname(path), { recursive: true }))
    await writeFileAtomic(path, kept.map(toLine).join(""))
    const file = await attempt("write", path, () => open(path, "a"))
    return new TrainingLog(path, file, kept.at(-1))
  }

  /** @throws FileError "disk-full", "file-failed" */
  async append(line: LogLine): Promise<void> {
    await attempt("write", this.path, () => this.file.appendFile(toLine(line)))
  }

  async close(): Promise<void> {
    await attempt("write", this.path, () => this.file.close())
  }
}

/**
 * The lines of a log; none when there is no such file. Lines that are not whole are left out.
 * @throws FileError "not-readable", "file-failed"
 */
export async function readLog(path: string): Promise<LogLine[]> {
  let text: string
  try {
    text = await readFile(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw fileError("read", path, error)
  }
  return text.split("\n").flatMap(parseLine)
}

const toLine = (line: LogLine) => `${JSON.stringify(line)}\n`

function parseLine(text: string): LogLine[] {
  try {
    const line = JSON.parse(text) as LogLine
    const whole =
      Number.isInteger(line.step) && Number.isFinite(line.seconds) && typeof line.terms === "object"
    return whole && line.terms !== null ? [line] : []
  } catch {
    return []
  }
}
