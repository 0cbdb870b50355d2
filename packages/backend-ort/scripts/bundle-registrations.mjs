// tfjs-core's Node build lacks convolution gradients and chained ops; tests and benchmarks register them from its own
// dist, tfjs-core itself left external so that the registries are shared. Output: generated/registrations.js.
import { existsSync, renameSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const dist = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core")).replaceAll("\\", "/")
const outfile = join(root, "generated", "registrations.js")

export async function bundleRegistrations() {
  if (existsSync(outfile)) return outfile
  // Test files start together: a finished file appears at once, under its name.
  const partial = `${outfile}.${process.pid}`
  await build({
    stdin: {
      // By path: esbuild would take "@tensorflow/tfjs-core/dist/..." as part of the external package.
      contents: `import "${dist}/register_all_gradients.js"
import "${dist}/public/chained_ops/register_all_chained_ops.js"`,
      resolveDir: root,
    },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    // Without this the package's "sideEffects" field drops every registration.
    ignoreAnnotations: true,
    external: ["@tensorflow/tfjs-core"],
    outfile: partial,
    logLevel: "error",
  })
  renameSync(partial, outfile)
  return outfile
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleRegistrations()
