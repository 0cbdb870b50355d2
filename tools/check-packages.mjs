// Every package as it would be published: publint and attw over the packed tarballs. Needs pnpm on the PATH:
// run it through `npm run check:packages`, which `npm test` does too.
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const tarballs = mkdtempSync(join(tmpdir(), "ifnormal-pack-"))
const shell = process.platform === "win32"

/** Exit status and everything printed. */
const run = (command, args, cwd = root) =>
  new Promise((resolve) => {
    execFile(command, args, { cwd, shell, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ ok: !error, stdout, text: `${stdout}${stderr}` }),
    )
  })
const bin = (name) => join(root, "node_modules/.bin", name)

async function check(folder) {
  const packed = await run("pnpm", ["pack", "--pack-destination", tarballs], join(root, "packages", folder))
  const tarball = packed.stdout.trim().split("\n").at(-1)
  const checks = packed.ok
    ? await Promise.all([
        run(bin("publint"), [tarball, "--strict"]),
        // ESM only: CommonJS users import().
        run(bin("attw"), [tarball, "--profile", "esm-only", "--format", "ascii"]),
      ])
    : [packed]
  const failed = checks.filter(({ ok }) => !ok)
  process.stdout.write(
    `${failed.length ? "FAILED" : "ok    "} ${folder}\n${failed.map(({ text }) => text).join("\n")}`,
  )
  return failed.length === 0
}

const results = []
for (const folder of readdirSync(join(root, "packages"))) results.push(await check(folder))
rmSync(tarballs, { recursive: true })
process.exit(results.every(Boolean) ? 0 : 1)
