import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { arch, cpus, platform, release, totalmem } from "node:os"
import { dirname, join } from "node:path"
import type { RunFile } from "../contract/run-files.js"

/** The machine that this process runs on, for run.json. */
export function machine(): RunFile["machine"] {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() || "unknown",
    cores: all.length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    platform: `${platform()} ${release()} ${arch()}`,
  }
}

/**
 * Versions of Node, core and the named packages, for run.json. Packages that are not installed are left out.
 * @param packages names, looked up as the module `from` would import them
 * @param from URL of the calling module: `import.meta.url`
 */
export function versions(
  packages: readonly string[] = [],
  from: string = import.meta.url,
): Record<string, string> {
  const found: Record<string, string> = { node: process.versions.node }
  const core = versionOf("@ifnormal/core", import.meta.url)
  if (core) found["@ifnormal/core"] = core
  for (const name of packages) {
    const version = versionOf(name, from)
    if (version) found[name] = version
  }
  return found
}

/** Walks up from the package's entry file where its package.json is not exported. */
function versionOf(name: string, from: string): string | undefined {
  const require = createRequire(from)
  for (const paths of require.resolve.paths(name) ?? []) {
    const version = versionIn(join(paths, name), name)
    if (version) return version
  }
  try {
    return versionIn(dirname(require.resolve(`${name}/package.json`)), name)
  } catch {
    return undefined
  }
}

function versionIn(folder: string, name: string): string | undefined {
  try {
    const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>
    return found.name === name && typeof found.version === "string" ? found.version : undefined
  } catch {
    return undefined
  }
}
