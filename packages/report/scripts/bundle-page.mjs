// Bundles the page (src/page/main.tsx and page.css) to generated/page.js, a module that exports both as strings.
import { mkdir, writeFile } from "node:fs/promises"
import { build } from "esbuild"

const { outputFiles } = await build({
  entryPoints: ["src/page/main.tsx", "src/page/page.css"],
  bundle: true,
  format: "iife",
  platform: "browser",
  target: ["chrome100", "firefox100", "safari15.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "none",
  write: false,
  outdir: "generated",
  logLevel: "error",
})
const text = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).text
// "</" would end the script or style element of the report early.
const script = text(".js").replaceAll("</", "<\\/")
await mkdir("generated", { recursive: true })
await writeFile(
  "generated/page.js",
  `export const script = ${JSON.stringify(script)}\nexport const style = ${JSON.stringify(text(".css"))}\n`,
)
