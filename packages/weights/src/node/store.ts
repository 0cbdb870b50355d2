import { copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import { CheckpointError, ConfigError, nearest } from "@ifnormal/core"
import { attempt, fileError } from "@ifnormal/core/node"
import { CATALOG, type CatalogEntry } from "../catalog.js"
import { readPyTorchShapes } from "../pytorch/read.js"
import { download } from "./download.js"
import { weightsFolder } from "./folder.js"
import { sha256OfBytes, sha256OfFile } from "./hash.js"

export interface StoreOptions {
  /** Default: `weightsFolder()`. */
  readonly folder?: string
  /** Default: the published files, `CATALOG`. */
  readonly catalog?: readonly CatalogEntry[]
}

export interface FetchOptions {
  /** A file, a folder with files of the catalogue's names, an address, or an address that ends in "/" and has them below. */
  readonly from?: string
  /** No connection is opened; a file or folder as `from` is still used. */
  readonly offline?: boolean
  /** Stops the transfer; what has arrived stays for the next one. */
  readonly signal?: AbortSignal
  /** Bytes that are there, of all. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface Fetched {
  readonly name: string
  readonly path: string
  /** False when the file was already there and right. */
  readonly fetched: boolean
  readonly sha256: string
}

export interface Checked {
  readonly name: string
  readonly path: string
  readonly status: "ok" | "missing" | "corrupt"
  /** Of the file that is there. */
  readonly bytes?: number
  readonly sha256?: string
  /** Tensors in the file; only where it is right. */
  readonly tensors?: number
  /** What is wrong, in one sentence. */
  readonly problem?: string
}

/** A folder of published weights. A file of it is used only when its SHA-256 is the catalogue's. */
export class WeightStore {
  readonly folder: string
  readonly catalog: readonly CatalogEntry[]

  constructor({ folder = weightsFolder(), catalog = CATALOG }: StoreOptions = {}) {
    this.folder = resolve(folder)
    this.catalog = catalog
  }

  /** @throws ConfigError "weights-unknown" */
  entry(name: string): CatalogEntry {
    const found = this.catalog.find((entry) => entry.name === name)
    if (found) return found
    const names = this.catalog.map((entry) => entry.name)
    const close = nearest(name, names)
    throw new ConfigError({
      code: "weights-unknown",
      message: `There are no weights ${JSON.stringify(name)}. Known: ${names.join(", ")}.`,
      next: close ? `Did you mean ${JSON.stringify(close)}?` : "ifnormal weights list says what each is for.",
    })
  }

  /** Where the file is, or would be. @throws ConfigError "weights-unknown" */
  path(name: string): string {
    return join(this.folder, this.entry(name).file)
  }

  /**
   * The bytes of a file whose hash is right.
   * @throws CheckpointError "weights-missing", "weights-hash"; ConfigError "weights-unknown"; FileError of reading
   */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.entry(name)
    const path = this.path(name)
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw fileError("read", path, error)
      throw missing(entry, path)
    })
    checkHash(entry, path, sha256OfBytes(bytes))
    return bytes
  }

  /**
   * Brings a file into the folder: from its address, or from elsewhere. It appears there only after its size and hash
   * were found right; until then it is <file>.part, from which the next call goes on. A part with a wrong hash is removed.
   * @throws CheckpointError "weights-fetch", "weights-hash", "weights-offline"; ConfigError "weights-unknown"; FileError
   * "disk-full", "not-writable", "not-found"
   */
  async fetch(name: string, options: FetchOptions = {}): Promise<Fetched> {
    const entry = this.entry(name)
    const path = this.path(name)
    const { signal, onProgress } = options
    signal?.throwIfAborted()
    if ((await hashOf(path, signal)) === entry.sha256)
      return { name, path, fetched: false, sha256: entry.sha256 }
    const source = await locate(entry, options.from)
    if (source.url !== undefined && options.offline) throw offline(entry, path)
    await attempt("write", this.folder, () => mkdir(this.folder, { recursive: true }))
    const part = `${path}.part`
    if (source.url !== undefined) await download(source.url, part, { bytes: entry.bytes, signal, onProgress })
    else await copy(entry, source.file, part, signal)
    const found = await sha256OfFile(part, signal)
    if (found !== entry.sha256) await rm(part, { force: true })
    checkHash(entry, source.url ?? source.file, found)
    await attempt("write", path, () => rename(part, path))
    return { name, path, fetched: true, sha256: found }
  }

  /** Looks at a file: is it there, is its hash right, and are the tensors in it that are expected? */
  async check(name: string, signal?: AbortSignal): Promise<Checked> {
    const entry = this.entry(name)
    const path = this.path(name)
    const sha256 = await hashOf(path, signal)
    if (sha256 === undefined) return { name, path, status: "missing", problem: missing(entry, path).message }
    const found = { name, path, sha256, bytes: (await attempt("read", path, () => stat(path))).size }
    if (sha256 !== entry.sha256)
      return { ...found, status: "corrupt", problem: wrongHash(entry, path, sha256).message }
    const shapes = readPyTorchShapes(await attempt("read", path, () => readFile(path)))
    for (const [tensor, shape] of Object.entries(entry.tensors))
      if (shapes.get(tensor)?.join() !== shape.join())
        return {
          ...found,
          status: "corrupt",
          problem: `Tensor "${tensor}" has shape [${shapes.get(tensor)?.join(", ") ?? "none"}], expected [${shape.join(", ")}].`,
        }
    return { ...found, status: "ok", tensors: shapes.size }
  }
}

type Source = { readonly url: string } | { readonly url?: undefined; readonly file: string }

async function locate(entry: CatalogEntry, from: string | undefined): Promise<Source> {
  if (from === undefined) return { url: entry.url }
  if (/^https?:\/\//i.test(from)) return { url: from.endsWith("/") ? from + entry.file : from }
  const found = await attempt("read", from, () => stat(from))
  return { file: found.isDirectory() ? join(from, entry.file) : from }
}

/** The hash is looked at first: a wrong file does not take the place of a part that has arrived. */
async function copy(
  entry: CatalogEntry,
  from: string,
  part: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  checkHash(entry, from, await attempt("read", from, () => sha256OfFile(from, signal)))
  await attempt("write", part, () => copyFile(from, part))
}

/** undefined when there is no such file. */
async function hashOf(path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    return await sha256OfFile(path, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw fileError("read", path, error)
  }
}

function checkHash(entry: CatalogEntry, where: string, found: string): void {
  if (found !== entry.sha256) throw wrongHash(entry, where, found)
}

function wrongHash(entry: CatalogEntry, where: string, found: string): CheckpointError {
  return new CheckpointError({
    code: "weights-hash",
    message: `${where} has SHA-256 ${found}, expected ${entry.sha256} for the weights "${entry.name}".`,
    next: `Get ${entry.file} unchanged: ifnormal weights fetch ${entry.name}.`,
  })
}

function missing(entry: CatalogEntry, path: string): CheckpointError {
  return new CheckpointError({
    code: "weights-missing",
    message: `The weights "${entry.name}" are not at ${path} (${entry.use}).`,
    next: `Run: ifnormal weights fetch ${entry.name}. Without network: put ${entry.file} at that path, or add --from <file>.`,
  })
}

function offline(entry: CatalogEntry, path: string): CheckpointError {
  return new CheckpointError({
    code: "weights-offline",
    message: `The weights "${entry.name}" are not at ${path}, and --offline forbids fetching them.`,
    next: `Run once without --offline, or: ifnormal weights fetch ${entry.name} --from <file>.`,
  })
}
