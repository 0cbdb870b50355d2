#!/usr/bin/env node
// Committed so that pnpm can link it before the first build; the program itself is dist/index.js.
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const main = new URL("../dist/index.js", import.meta.url)
if (!existsSync(fileURLToPath(main))) {
  process.stderr.write("ifnormal is not built yet. Run: npm run build\n")
  process.exit(1)
}
const { main: run } = await import(main.href)
await run(process.argv)
