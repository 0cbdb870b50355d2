// What a plugin author does on the first day, against packages as they would be published: in an empty folder outside the
// monorepo, `npm create ifnormal-plugin`, `npm install && npm test`, then the plugin from the command line by
// `plugins: ["./"]`, and from its own tarball by name. Prints the times; the goal is under a minute for each template up
// to green tests. Needs npm's registry (zod, tfjs, TypeScript; for the command line also onnxruntime-node and sharp), so
// `npm test` does without it. Run: npm run test:scaffold [-- --template detector] [-- --runners] [-- --keep]
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const root = fileURLToPath(new URL("..", import.meta.url))
const { values } = parseArgs({
  options: {
    template: { type: "string", multiple: true, default: ["detector", "generator", "metric"] },
    /** Runs the checks in vitest and jest too, which are installed for it. */
    runners: { type: "boolean", default: false },
    /** Leaves the folder. */
    keep: { type: "boolean", default: false },
  },
})
const work = mkdtempSync(join(tmpdir(), "ifnormal-scaffold-"))
const shell = process.platform === "win32"
const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip", IFNORMAL_CACHE: join(work, "cache") }
// pnpm's settings in the environment make npm print warnings.
for (const name of Object.keys(env))
  if (/^npm_config_/i.test(name) && !/registry|cache|proxy|cafile/i.test(name)) delete env[name]

/** Runs a command to its end. @returns its output; a failure prints everything and ends the program. */
function run(cwd, command, args) {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, shell, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      process.stderr.write(`${stdout}\n${stderr}\nFAILED in ${cwd}: ${command} ${args.join(" ")}\n`)
      clean()
      process.exit(1)
    })
  })
}

function clean() {
  if (values.keep) process.stdout.write(`kept ${work}\n`)
  else rmSync(work, { recursive: true, force: true })
}

/** Seconds that something takes, printed. */
async function timed(what, call) {
  const began = performance.now()
  const result = await call()
  const seconds = (performance.now() - began) / 1000
  process.stdout.write(`${`${seconds.toFixed(1)} s`.padStart(8)}  ${what}\n`)
  return { result, seconds }
}

/** Packs every package. @returns package name -> its tarball */
async function packAll() {
  const tarballs = join(work, "tarballs")
  mkdirSync(tarballs)
  const packed = {}
  for (const folder of readdirSync(join(root, "packages"))) {
    const cwd = join(root, "packages", folder)
    const stdout = await run(cwd, "pnpm", ["pack", "--pack-destination", tarballs])
    const { name } = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8"))
    packed[name] = stdout.trim().split("\n").at(-1)
  }
  return packed
}

/** Lets npm take our packages from the tarballs, since none is on the registry, wherever they are asked for. @returns folder */
function useTarballs(folder, packed) {
  const file = join(folder, "package.json")
  const manifest = JSON.parse(readFileSync(file, "utf8"))
  const ours = Object.entries(packed).map(([name, tarball]) => [name, `file:${tarball}`])
  for (const field of ["dependencies", "peerDependencies", "devDependencies"])
    for (const [name, spec] of ours) if (manifest[field]?.[name]) manifest[field][name] = spec
  manifest.overrides = Object.fromEntries(ours)
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`)
  return folder
}

const install = (cwd, ...more) =>
  run(cwd, "npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...more])

/** A folder with the command line. @returns runs it in another folder */
async function installCli(packed) {
  const folder = join(work, "cli")
  mkdirSync(folder)
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies: { ifnormal: "*" } }),
  )
  await install(useTarballs(folder, packed))
  const bin = join(folder, "node_modules/ifnormal/bin/ifnormal.mjs")
  return { folder, ifnormal: (cwd, ...args) => run(cwd, process.execPath, [bin, ...args, "--threads", "1"]) }
}

/** The commands of each template's README. */
const use = {
  detector: [["train", "detector", "experiment.yaml"]],
  generator: [
    ["train", "detector", "experiment.yaml"],
    ["train", "generator", "experiment.yaml"],
  ],
  metric: [
    ["train", "detector", "experiment.yaml"],
    ["train", "generator", "experiment.yaml"],
    ["evaluate", "runs/fine-cracks", "--plugin", "./"],
  ],
}

/** What shows that the plugin took part. */
function requirePart(template, folder) {
  const read = (path) => JSON.parse(readFileSync(join(folder, "runs/fine-cracks", path), "utf8"))
  const found =
    template === "metric"
      ? read("metrics.json").metrics.map(({ name }) => name)
      : [read(`${template}/manifest.json`).plugin]
  const expected = template === "metric" ? "Changed area" : "ifnormal-plugin-fine-cracks@0.1.0"
  if (found.includes(expected)) return
  process.stderr.write(`FAILED: expected ${expected}, found ${found.join(", ")}\n`)
  process.exit(1)
}

/** The same one line in other test runners. */
async function runners(folder) {
  await timed("install vitest and jest", () => install(folder, "--no-save", "vitest@4", "jest@30"))
  await run(folder, "npm", ["run", "build"])
  const file = (imports) => `${imports}
import "@tensorflow/tfjs-backend-cpu"
import { detectorChecks, runChecks } from "@ifnormal/testkit"
import plugin from "../dist/index.js"
runChecks(test, detectorChecks(plugin, "fine-cracks", { inputShape: [8, 8, 3] }))
`
  writeFileSync(join(folder, "test/of-vitest.test.mjs"), file('import { test } from "vitest"'))
  writeFileSync(join(folder, "test/of-jest.test.mjs"), file('import { test } from "@jest/globals"'))
  const bin = (path) => join(folder, "node_modules", path)
  await timed("vitest", () =>
    run(folder, process.execPath, [bin("vitest/vitest.mjs"), "run", "test/of-vitest.test.mjs"]),
  )
  const jest = ["--experimental-vm-modules", bin("jest/bin/jest.js"), "--testMatch", "**/of-jest.test.mjs"]
  await timed("jest", () => run(folder, process.execPath, jest))
}

const { result: packed } = await timed("pack all packages", packAll)
const { result: cli } = await timed("install the command line", () => installCli(packed))
for (const template of values.template) {
  process.stdout.write(`${template}\n`)
  const home = join(work, template)
  const folder = join(home, "fine-cracks")
  mkdirSync(home)
  const create = ["exec", "--yes", `--package=${packed["create-ifnormal-plugin"]}`, "--"]
  const steps = [
    [
      "npm create",
      () => run(home, "npm", [...create, "create-ifnormal-plugin", "fine-cracks", "--template", template]),
    ],
    ["npm install", () => install(useTarballs(folder, packed))],
    ["npm test", () => run(folder, "npm", ["test"])],
  ]
  let total = 0
  for (const [what, step] of steps) total += (await timed(what, step)).seconds
  process.stdout.write(`${`${total.toFixed(1)} s`.padStart(8)}  from nothing to green tests\n`)
  for (const args of use[template])
    await timed(`ifnormal ${args.join(" ")}`, () => cli.ifnormal(folder, ...args))
  requirePart(template, folder)
  if (template === "detector") {
    const tarball = (await run(folder, "npm", ["pack", "--loglevel=error"])).trim().split("\n").at(-1)
    const other = join(home, "by-name")
    mkdirSync(other)
    const text = readFileSync(join(folder, "experiment.yaml"), "utf8").replace(
      '"./"',
      "ifnormal-plugin-fine-cracks",
    )
    writeFileSync(join(other, "experiment.yaml"), text)
    const manifest = {
      private: true,
      dependencies: { "ifnormal-plugin-fine-cracks": `file:${join(folder, tarball)}` },
    }
    writeFileSync(join(other, "package.json"), JSON.stringify(manifest))
    await timed("install the plugin's own tarball elsewhere", () => install(useTarballs(other, packed)))
    await timed("ifnormal train detector, the plugin by name", () =>
      cli.ifnormal(other, "train", "detector", "experiment.yaml"),
    )
    requirePart(template, other)
    if (values.runners) await runners(folder)
  }
}
clean()
