#!/usr/bin/env node
// Committed so that pnpm can link it before the first build; the program itself is dist/index.js.
const { main } = await import("../dist/index.js")
process.exitCode = await main(process.argv.slice(2))
