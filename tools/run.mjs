// One entry for `npm run demo`, `npm test` and `npm run build`: brings pnpm, installs, builds, then runs.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const [verb, ...rest] = process.argv.slice(2)
const pnpmVersion = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager
const env = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  ONNXRUNTIME_NODE_INSTALL: "skip",
}
const windows = process.platform === "win32"

/** Exit status of the last command that failed. */
let failed = 0

/** Runs a command; its failure ends this program, at once or, with `onward`, when everything else has run. */
function run(command, args, quiet = false, onward = false) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    shell: windows,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["inherit", "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 1 << 26,
  })
  if (result.error) throw result.error
  if (result.status !== 0) {
    if (quiet) process.stderr.write(`${result.stdout}\n${result.stderr}\n`)
    failed = result.status ?? 1
    if (!onward) process.exit(failed)
  }
}

const pnpm = (args, quiet, onward) => run("npx", ["--yes", pnpmVersion, ...args], quiet, onward)

function bootstrap() {
  const stamp = join(root, "node_modules", ".ifnormal-lock")
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .digest("hex")
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== hash) {
    process.stderr.write("ifnormal: installing packages (about a minute the first time)\n")
    pnpm(["install", "--frozen-lockfile"], true)
    writeFileSync(stamp, hash)
  }
  process.stderr.write("ifnormal: building\n")
  pnpm(["exec", "turbo", "run", "build", "--output-logs=errors-only"], true)
}

bootstrap()
const check = () => pnpm(["exec", "node", "tools/check-packages.mjs"], true, true)
if (verb === "demo") run(process.execPath, [join(root, "packages/cli/bin/ifnormal.mjs"), "demo", ...rest])
else if (verb === "conformance")
  run(process.execPath, [join(root, "packages/backend-ort/scripts/conformance.mjs"), ...rest])
else if (verb === "check") check()
else if (verb === "scaffold") pnpm(["exec", "node", "tools/scaffold.mjs", ...rest])
else if (verb === "test") {
  process.stderr.write("ifnormal: checking types, style and packages\n")
  pnpm(["exec", "turbo", "run", "typecheck", "--output-logs=errors-only"], true, true)
  pnpm(["exec", "biome", "check", "."], true, true)
  check()
  process.stderr.write("ifnormal: running tests\n")
  pnpm(["exec", "vitest", "run", ...rest])
} else if (verb !== "build") {
  process.stderr.write(`Unknown verb "${verb}". Known: build, check, conformance, demo, scaffold, test.\n`)
  process.exit(2)
}
process.exit(failed)
