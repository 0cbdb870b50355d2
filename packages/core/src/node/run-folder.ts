import { access, mkdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { FileError } from "../contract/errors.js"
import { attempt, readBytes, readJson, writeFileAtomic, writeJson } from "./files.js"

/** A run folder: where everything of one experiment lies, see contract/run-files.ts. Every file appears whole. */
export class RunFolder {
  private constructor(readonly root: string) {}

  /** Makes the folder where it does not exist. @throws FileError "not-writable", "disk-full" */
  static async create(root: string): Promise<RunFolder> {
    await attempt("write", root, () => mkdir(root, { recursive: true }))
    return new RunFolder(root)
  }

  /** @throws FileError "not-found" when there is no such folder. */
  static async open(root: string): Promise<RunFolder> {
    const info = await attempt("read", root, () => stat(root))
    if (!info.isDirectory())
      throw new FileError({
        code: "not-found",
        message: `${root} is a file, expected a run folder.`,
        next: "Pass the folder that `ifnormal train` wrote.",
      })
    return new RunFolder(root)
  }

  /** Folder of the detector: manifest, weights, log, resume. */
  get detector(): string {
    return this.path("detector")
  }

  /** Folder of the generator: manifest, weights, log, resume. */
  get generator(): string {
    return this.path("generator")
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  async has(...parts: string[]): Promise<boolean> {
    return access(this.path(...parts)).then(
      () => true,
      () => false,
    )
  }

  /** The type is the caller's claim. @throws FileError as `readJson` */
  async readJson<T = unknown>(...parts: string[]): Promise<T> {
    return (await readJson(this.path(...parts))) as T
  }

  /** @throws FileError as `writeFileAtomic` */
  async writeJson(name: string, value: unknown): Promise<void> {
    await writeJson(this.path(name), value)
  }

  /** @throws FileError as `readBytes` */
  async readBytes(...parts: string[]): Promise<Uint8Array> {
    return readBytes(this.path(...parts))
  }

  /** @throws FileError as `writeFileAtomic` */
  async write(name: string, data: string | Uint8Array): Promise<void> {
    await writeFileAtomic(this.path(name), data)
  }
}
