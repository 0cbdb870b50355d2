// tfjs-core's Node build has no Conv2D gradient and no chained ops (docs/decisions/0003). This bundles the two
// registration files of its own dist into generated/tfjs-registrations.js; engine and registries are process-wide
// globals, so the inlined copies register into the one tfjs-core that everybody imports.
import { writeFile } from "node:fs/promises"
import { build } from "esbuild"

await build({
  stdin: {
    contents: `import "@tensorflow/tfjs-core/dist/register_all_gradients.js"
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js"`,
    resolveDir: process.cwd(),
  },
  bundle: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  // Without this the package's "sideEffects" field drops every registration.
  ignoreAnnotations: true,
  minify: true,
  outfile: "generated/tfjs-registrations.js",
  logLevel: "error",
})

// Its types: none. Without this file the bundler of core's types takes the whole script into index.d.ts.
await writeFile("generated/tfjs-registrations.d.ts", "export {}\n")
