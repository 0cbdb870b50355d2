// Every package as it would be published: publint and attw over the packed tarballs.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const tarballs = mkdtempSync(join(tmpdir(), "ifnormal-pack-"))
const bin = (name) => join(root, "node_modules/.bin", name)
const run = (command, args, cwd = root) => spawnSync(command, args, { cwd, encoding: "utf8" })

let failed = 0
for (const folder of readdirSync(join(root, "packages"))) {
  const cwd = join(root, "packages", folder)
  const packed = run("npx", ["--yes", "pnpm@10.34.9", "pack", "--pack-destination", tarballs], cwd)
  const tarball = packed.stdout.trim().split("\n").at(-1)
  const checks = [
    ["publint", run(bin("publint"), [tarball, "--strict"])],
    // ESM only: CommonJS consumers use import(), as the README says.
    ["attw", run(bin("attw"), [tarball, "--profile", "esm-only", "--format", "ascii"])],
  ]
  for (const [name, { status, stdout, stderr }] of checks) {
    const ok = packed.status === 0 && status === 0
    process.stdout.write(`${ok ? "ok    " : "FAILED"} ${name.padEnd(8)} ${folder}\n`)
    if (!ok) {
      failed += 1
      process.stdout.write(`${packed.stderr}${stdout}${stderr}\n`)
    }
  }
}
rmSync(tarballs, { recursive: true })
process.exit(failed ? 1 : 0)
