import { dirname, resolve } from "node:path"
import { createRegistry, type Plugin, PluginError, type Registry } from "@ifnormal/core"
import { readBytes } from "@ifnormal/core/node"
import { datasets } from "@ifnormal/datasets"
import { detectors } from "@ifnormal/detectors"
import { generators } from "@ifnormal/generators"
import { metrics } from "@ifnormal/metrics"
import { importPlugin, isPath, locate, type PluginRequest } from "./plugin-file.js"
import { sessions } from "./sessions.js"

const BUILT_IN: readonly Plugin[] = [detectors, generators, metrics, datasets]

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
 * @throws PluginError "plugin-not-found", "plugin-invalid", "plugin-contract", "plugin-duplicate", "plugin-entry"
 */
export async function loadRegistry(
  requests: readonly PluginRequest[],
  folder = process.cwd(),
): Promise<Registry> {
  // By file: the same plugin may be named by a config and by --plugin, by its folder and by its file.
  const loaded = new Map<string, Plugin>()
  for (const request of requests) {
    if (BUILT_IN.some((plugin) => plugin.name === request.name)) continue
    const location = await locate(request)
    if (!loaded.has(location)) loaded.set(location, await importPlugin(location, request.name))
  }
  return createRegistry([...BUILT_IN, ...loaded.values()], {
    sessions,
    readFile: (path) => readBytes(resolve(folder, path)),
  })
}

/**
 * Refuses a run whose experiment names plugins that the user has not named again. A path counts as named when the user
 * gives a path: it was relative to a config whose folder the run does not know. Whether it leads to the plugin that made
 * the models is told by their checkpoints.
 * @throws PluginError "plugin-not-allowed"
 */
export function requireAllowed(wanted: readonly string[], allowed: readonly string[]): void {
  const known = new Set([...BUILT_IN.map((plugin) => plugin.name), ...allowed])
  const missing = wanted.filter((name) => !known.has(name) && !(isPath(name) && allowed.some(isPath)))
  if (missing.length === 0) return
  throw new PluginError({
    code: "plugin-not-allowed",
    message: `This run was made with the third-party plugin ${missing.join(", ")}. A plugin is code, and a run folder never makes code run.`,
    next: `If you trust it, name it yourself: ${missing.map((name) => `--plugin ${name}`).join(" ")}${missing.some(isPath) ? " (a path from the folder you are in)" : ""}`,
  })
}
