import { createHash } from "node:crypto"
import { mkdir, open, rename, rm } from "node:fs/promises"
import { FileError } from "@ifnormal/core"

/** Hex SHA-256. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}

/**
 * Writes a file whole or not at all: into a neighbor, synced, renamed.
 * @throws FileError `disk-full` or `not-writable`
 */
export async function writeAtomic(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.part`
  try {
    const handle = await open(temporary, "w")
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw writeError(path, cause as NodeJS.ErrnoException)
  }
}

/**
 * Makes a folder and those above it.
 * @throws FileError `disk-full` or `not-writable`
 */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw writeError(path, cause)
  })
}

/** The typed error of a failed write to `path`. */
export function writeError(path: string, cause: NodeJS.ErrnoException): FileError {
  const full = cause.code === "ENOSPC" || cause.code === "EDQUOT"
  return new FileError({
    code: full ? "disk-full" : "not-writable",
    message: full ? `No space left to write ${path}.` : `${path} cannot be written: ${cause.message}.`,
    next: full
      ? "Free some space, or name a folder on another disk."
      : "Name a folder that you may write to.",
    cause,
  })
}
