import { readFileSync, realpathSync, type Stats, statSync } from "node:fs"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { IfnormalError, type Plugin, PluginError } from "@ifnormal/core"

/** A plugin that the user named, and the folder its path is relative to. */
export interface PluginRequest {
  readonly name: string
  readonly folder: string
}

/** "./", "../x", "/x" and "x.ts" are paths; everything else is the name of a package. */
export function isPath(name: string): boolean {
  return name.startsWith(".") || isAbsolute(name) || /\.[cm]?[jt]s$/.test(name)
}

/**
 * The file that holds a plugin's code. A folder is a package in the making: its package.json's `source` (as parcel and
 * microbundle read it), else `exports`, else `main`.
 * @throws PluginError "plugin-not-found"
 */
export async function locate(request: PluginRequest): Promise<string> {
  const { name, folder } = request
  if (!isPath(name)) return locatePackage(request)
  const path = resolve(folder, name)
  const info = statOf(path)
  if (!info) throw notFound(request, `${path} is not there`, "Correct the path.")
  if (!info.isDirectory()) return realpathSync(path)
  const { source, exports, main } = readPackage(request, path)
  const entry = join(path, source ?? exported(exports) ?? main ?? "index.js")
  if (!statOf(entry)?.isFile())
    throw notFound(
      request,
      `its package.json leads to ${entry}, which is not there`,
      `Build it first (npm run build in ${path}), or correct source, exports or main in its package.json.`,
    )
  return realpathSync(entry)
}

async function locatePackage(request: PluginRequest): Promise<string> {
  const { createJiti } = await import("jiti")
  const parent = join(request.folder, "package.json")
  try {
    const found = createJiti(parent).esmResolve(request.name, { parentURL: pathToFileURL(parent) })
    return realpathSync(fileURLToPath(found))
  } catch (cause) {
    const next = `Install it there: npm install ${request.name}. A path begins with ./ or /.`
    throw notFound(request, `no such package is installed in ${request.folder} or above it`, next, cause)
  }
}

/** The file of `exports` that a program which imports the package gets. */
function exported(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports
  if (typeof exports !== "object" || exports === null) return undefined
  for (const [key, value] of Object.entries(exports))
    if ([".", "import", "node", "default"].includes(key)) {
      const file = exported(value)
      if (file) return file
    }
  return undefined
}

interface PackageFile {
  readonly source?: string
  readonly exports?: unknown
  readonly main?: string
}

function readPackage(request: PluginRequest, folder: string): PackageFile {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  } catch (cause) {
    throw notFound(
      request,
      `${folder} has no package.json that can be read`,
      "Name the folder of a package, or the plugin's file itself.",
      cause,
    )
  }
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function notFound({ name }: PluginRequest, why: string, next: string, cause?: unknown): PluginError {
  return new PluginError({
    code: "plugin-not-found",
    message: `Plugin ${name} was not found: ${why}.`,
    next,
    cause,
  })
}

/**
 * Runs a plugin's file, TypeScript too, and takes its default export.
 * @param name how errors call the plugin
 * @throws PluginError "plugin-invalid" when it throws or exports no plugin; its own typed errors as they are
 */
export async function importPlugin(location: string, name: string): Promise<Plugin> {
  const { createJiti } = await import("jiti")
  let loaded: unknown
  try {
    loaded = await createJiti(import.meta.url).import(location, { default: true })
  } catch (cause) {
    if (IfnormalError.isInstance(cause)) throw cause
    const missing = /MODULE_NOT_FOUND$/.test(String((cause as NodeJS.ErrnoException)?.code))
    throw new PluginError({
      code: "plugin-invalid",
      message: `Plugin ${name} could not be loaded: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`,
      next: missing
        ? `Install what it needs: npm install, near ${dirname(location)}.`
        : "Correct the plugin; IFNORMAL_DEBUG=1 shows the stack.",
      cause,
    })
  }
  if (isPlugin(loaded)) return loaded
  const found = typeof loaded === "object" && loaded !== null ? `{ ${Object.keys(loaded)} }` : typeof loaded
  throw new PluginError({
    code: "plugin-invalid",
    message: `The default export of ${name} (${location}) is no plugin: found ${found}, expected an object with name, version and contract.`,
    next: "Export it as default: export default definePlugin({ name, version, contract: 1, ... })",
  })
}

function isPlugin(value: unknown): value is Plugin {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    "version" in value &&
    "contract" in value
  )
}
