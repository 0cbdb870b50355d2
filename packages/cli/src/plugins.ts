import { createRequire } from "node:module"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { createRegistry, type Plugin, PluginError, type Registry } from "@ifnormal/core"
import { readBytes } from "@ifnormal/core/node"
import { datasets } from "@ifnormal/datasets"
import { detectors } from "@ifnormal/detectors"
import { generators } from "@ifnormal/generators"
import { metrics } from "@ifnormal/metrics"
import { sessions } from "./sessions.js"

const BUILT_IN: readonly Plugin[] = [detectors, generators, metrics, datasets]

/** A plugin that the user named, and the folder its path is relative to. */
export interface PluginRequest {
  readonly name: string
  readonly folder: string
}

/** Plugins of --plugin, relative to the working directory. */
export function requested(names: readonly string[]): PluginRequest[] {
  return names.map((name) => ({ name, folder: process.cwd() }))
}

/** Plugins of a config that the user named on the command line, relative to the config. */
export function ofConfig(names: readonly string[], config: string): PluginRequest[] {
  return names.map((name) => ({ name, folder: dirname(resolve(config)) }))
}

/**
 * The registry: built-in plugins and those asked for. Only what the user typed, or what stands in a config that the
 * user typed, may come here; a run's manifest never does.
 * @param folder what paths in options are relative to: the config's folder, by default the working directory
 * @throws PluginError "plugin-not-found", "plugin-invalid"
 */
export async function loadRegistry(
  requests: readonly PluginRequest[],
  folder = process.cwd(),
): Promise<Registry> {
  const loaded: Plugin[] = [...BUILT_IN]
  for (const request of requests) {
    if (loaded.some((plugin) => plugin.name === request.name)) continue
    loaded.push(await loadPlugin(request))
  }
  return createRegistry(loaded, { sessions, readFile: (path) => readBytes(resolve(folder, path)) })
}

/**
 * Refuses a run whose experiment names plugins that the user has not named again.
 * @throws PluginError "plugin-not-allowed"
 */
export function requireAllowed(wanted: readonly string[], allowed: readonly string[]): void {
  const known = new Set([...BUILT_IN.map((plugin) => plugin.name), ...allowed])
  const missing = wanted.filter((name) => !known.has(name))
  if (missing.length === 0) return
  throw new PluginError({
    code: "plugin-not-allowed",
    message: `This run was made with the third-party plugin ${missing.join(", ")}. A plugin is code, and a run folder never makes code run.`,
    next: `If you trust it, name it yourself: ${missing.map((name) => `--plugin ${name}`).join(" ")}`,
  })
}

async function loadPlugin({ name, folder }: PluginRequest): Promise<Plugin> {
  const isPath = name.startsWith(".") || isAbsolute(name) || /\.[cm]?[jt]s$/.test(name)
  let location: string
  try {
    location = isPath ? resolve(folder, name) : createRequire(join(folder, "package.json")).resolve(name)
  } catch (cause) {
    throw notFound(name, folder, cause)
  }
  const { createJiti } = await import("jiti")
  let loaded: unknown
  try {
    loaded = await createJiti(import.meta.url).import(location, { default: true })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") throw notFound(name, folder, cause)
    throw new PluginError({
      code: "plugin-invalid",
      message: `Plugin ${name} could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      next: "Correct the plugin; IFNORMAL_DEBUG=1 shows the stack.",
      cause,
    })
  }
  if (!isPlugin(loaded))
    throw new PluginError({
      code: "plugin-invalid",
      message: `The default export of ${name} is no plugin: expected an object with name, version and contract.`,
      next: "Export it as default: export default definePlugin({ name, version, contract: 1, ... })",
    })
  return loaded
}

function notFound(name: string, folder: string, cause: unknown): PluginError {
  return new PluginError({
    code: "plugin-not-found",
    message: `Plugin ${name} was not found from ${folder}.`,
    next: "Install the package there, or correct the path.",
    cause,
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
