import { mkdir, readFile } from "node:fs/promises"
import { dirname } from "node:path"
import writeAtomic from "write-file-atomic"
import { FileError, IfnormalError } from "../contract/errors.js"

/**
 * Writes a file so that it appears whole or not at all: a new file beside it, fsync, rename. Makes its folder.
 * @throws FileError "disk-full", "not-writable", "not-found", "file-failed"
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await attempt("write", path, async () => {
    await mkdir(dirname(path), { recursive: true })
    // A view, not a copy: write-file-atomic takes typed arrays as they are.
    await writeAtomic(
      path,
      typeof data === "string" ? data : Buffer.from(data.buffer, data.byteOffset, data.length),
    )
  })
}

/** @throws FileError as `writeFileAtomic` */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`)
}

/** @throws FileError "not-found", "not-readable", "file-failed" */
export async function readBytes(path: string): Promise<Uint8Array> {
  return attempt("read", path, async () => new Uint8Array(await readFile(path)))
}

/** @throws FileError "not-json" besides those of `readBytes` */
export async function readJson(path: string): Promise<unknown> {
  const text = await attempt("read", path, () => readFile(path, "utf8"))
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FileError({
      code: "not-json",
      message: `${path} is not JSON: ${(cause as Error).message}.`,
      next: "Repair the file, or make it again.",
      cause,
    })
  }
}

/**
 * Runs a file operation and turns the system's errors into FileErrors that name the path and the next step.
 * @throws FileError "disk-full", "not-writable", "not-readable", "not-found", "file-failed"
 */
export async function attempt<T>(
  action: "read" | "write",
  path: string,
  operation: () => Promise<T>,
): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw fileError(action, path, error)
  }
}

/** The FileError for a system error; other errors come back as they are. */
export function fileError(action: "read" | "write", path: string, error: unknown): unknown {
  if (IfnormalError.isInstance(error)) return error
  const system = (error as NodeJS.ErrnoException | undefined)?.code
  if (typeof system !== "string") return error
  const make = (code: string, what: string, next: string) =>
    new FileError({ code, message: `Cannot ${action} ${path}: ${what} (${system}).`, next, cause: error })
  switch (system) {
    case "ENOSPC":
    case "EDQUOT":
      return make("disk-full", "the disk is full", "Free some space or choose a folder on another disk.")
    case "ENOENT":
      return make("not-found", "it does not exist", "Check the path.")
    case "ENOTDIR":
    case "EEXIST":
      return action === "write"
        ? make(
            "not-writable",
            "a file stands where a folder is needed",
            "Remove that file or choose another folder.",
          )
        : make("not-found", "a part of the path is a file", "Check the path.")
    case "EISDIR":
      return action === "write"
        ? make(
            "not-writable",
            "a folder stands where a file is needed",
            "Remove that folder or choose another path.",
          )
        : make("not-readable", "it is a folder", "Pass a file of it.")
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return action === "write"
        ? make(
            "not-writable",
            "writing is not allowed there",
            "Choose another folder or change its permissions.",
          )
        : make("not-readable", "reading is not allowed there", "Change its permissions.")
    default:
      return make("file-failed", (error as Error).message, "Check the disk and try again.")
  }
}
