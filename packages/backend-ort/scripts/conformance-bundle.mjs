// Bundles tfjs-core's specs with this package's dist. Output: generated/conformance.cjs.
import { renameSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)
export const bundlePath = join(here, "..", "generated", "conformance.cjs")

export async function bundleConformance() {
  const partial = `${bundlePath}.${process.pid}.cjs`
  await build({
    entryPoints: [join(here, "conformance-entry.mjs")],
    bundle: true,
    platform: "node",
    format: "cjs",
    mainFields: ["module", "main"],
    // Without this the package's "sideEffects" field drops the imports of the specs, and 74 of 4232 remain.
    ignoreAnnotations: true,
    external: ["jasmine", "onnxruntime-node"],
    // jasmine_util requires it by name; it is jasmine's dependency, not ours.
    alias: {
      "jasmine-core": dirname(createRequire(require.resolve("jasmine")).resolve("jasmine-core/package.json")),
    },
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href' },
    outfile: partial,
    logLevel: "error",
  })
  // Two runs may build at once; each sees a whole file.
  renameSync(partial, bundlePath)
}
