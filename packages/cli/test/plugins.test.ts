import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DataError } from "@ifnormal/core"
import { afterAll, expect, test, vi } from "vitest"
import { describeFailure, printFailure } from "../src/exit.js"
import { loadRegistry, ofConfig, requireAllowed } from "../src/plugins.js"
import { ifnormal, tinyExperiment, tinyWorkplace } from "./support.js"

const root = mkdtempSync(join(tmpdir(), "ifnormal-plugins-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Writes files, by path under a new folder, and says where. */
function workplace(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, "w-"))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}
const code = (name: string, more = "", contract = 1) =>
  `export default { name: "${name}", version: "1.0.0", contract: ${contract}${more} }\n`
const json = JSON.stringify
const load = async (folder: string, ...names: string[]) =>
  (await loadRegistry(ofConfig(names, join(folder, "experiment.yaml")))).plugins
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("@ifnormal/"))
const refused = (folder: string, ...names: string[]) =>
  load(folder, ...names).then(
    () => ({ code: "nothing was thrown", message: "", next: "" }),
    (error: Error & { code: string; next: string }) => error,
  )

test.each([
  ["a file", "./plugin.mjs", { "plugin.mjs": code("p") }],
  ["a file of TypeScript", "plugin.ts", { "plugin.ts": `const one: number = 1\n${code("p", ", one")}` }],
  [
    "a folder with source in TypeScript, before it is built",
    "./",
    {
      "package.json": json({ type: "module", source: "src/index.ts", exports: "./dist/index.js" }),
      "src/index.ts": `import type { X } from "./x.ts"\n${code("p")}`,
      "src/x.ts": "export type X = 1",
    },
  ],
  [
    "a folder with exports by condition",
    "./",
    {
      "package.json": json({ exports: { ".": { types: "./index.d.ts", import: "./p.mjs" } } }),
      "p.mjs": code("p"),
    },
  ],
  ["a folder with main", "../x/", { "../x/package.json": json({ main: "p.mjs" }), "../x/p.mjs": code("p") }],
  ["a folder with neither", ".", { "package.json": json({ type: "module" }), "index.js": code("p") }],
  [
    "a package for import only",
    "ifnormal-plugin-p",
    {
      "node_modules/ifnormal-plugin-p/package.json": json({
        name: "ifnormal-plugin-p",
        type: "module",
        exports: { ".": { import: "./main.js" } },
      }),
      "node_modules/ifnormal-plugin-p/main.js": code("p"),
    },
  ],
  [
    "a package in CommonJS",
    "@me/p",
    { "node_modules/@me/p/index.js": 'module.exports = { name: "p", version: "1.0.0", contract: 1 }\n' },
  ],
])("a plugin is %s", async (_, name, files) => {
  expect(await load(workplace(files as Record<string, string>), name)).toEqual(["p"])
})

test("a plugin named twice, by folder and by file, is loaded once; a built-in one may be named", async () => {
  const folder = workplace({ "package.json": json({ main: "p.mjs" }), "p.mjs": code("p") })
  expect(await load(folder, "./", "./p.mjs", "./", "@ifnormal/detectors")).toEqual(["p"])
})

test.each([
  ["a path that is not there", "./none.js", "plugin-not-found", /none\.js is not there/],
  ["a package that is not installed", "ifnormal-plugin-none", "plugin-not-found", /no such package/],
  ["a folder without package.json", "./", "plugin-not-found", /has no package\.json/],
])("%s is refused", async (_, name, expected, message) => {
  const error = await refused(workplace({ "a.txt": "" }), name)
  expect(error).toMatchObject({
    name: "PluginError",
    code: expected,
    message: expect.stringMatching(message),
  })
  expect(error.message).toContain(`Plugin ${name} was not found`)
})

test("a folder that is not built says so", async () => {
  const error = await refused(workplace({ "package.json": json({ exports: "./dist/index.js" }) }), "./")
  expect(error).toMatchObject({
    code: "plugin-not-found",
    message: expect.stringMatching(/leads to .*dist.index\.js, which is not there/),
    next: expect.stringMatching(/^Build it first \(npm run build/),
  })
})

test.each([
  ["throws", 'throw new Error("at import")', "plugin-invalid", "could not be loaded: at import"],
  ["lacks a package", 'import "no-such-package"', "plugin-invalid", "no-such-package"],
  ["exports a function", "export default () => ({})", "plugin-invalid", "found function"],
  ["has no default", "export const plugin = 1", "plugin-invalid", "found { plugin }"],
  [
    "is of another contract",
    code("p", "", 2),
    "plugin-contract",
    "Plugin p@1.0.0 has contract 2; this core supports 1.",
  ],
  ["has no name", code(""), "plugin-unnamed", 'got name ""'],
  [
    "has a part that is no entry",
    code("p", ", detectors: { d: {} }"),
    "plugin-entry",
    '"d" of plugin p@1.0.0',
  ],
  ["calls itself like ours", code("@ifnormal/detectors"), "plugin-duplicate", "@ifnormal/detectors"],
  [
    "brings a type of ours",
    code("p", ", detectors: { bce: { options: { safeParse() {} }, create() {} } }"),
    "plugin-duplicate",
    'The detector type "bce" comes from both @ifnormal/detectors and p, expected one.',
  ],
])("a plugin that %s is refused", async (_, text, expected, message) => {
  const error = await refused(workplace({ "p.mjs": text }), "./p.mjs")
  expect(error.code).toBe(expected)
  expect(error.message).toContain(message)
  expect(error.next).not.toBe("")
})

test("two plugins of one name in different places are refused", async () => {
  const folder = workplace({ "a.mjs": code("p"), "b.mjs": code("p") })
  expect(await refused(folder, "./a.mjs", "./b.mjs")).toMatchObject({ code: "plugin-duplicate" })
})

test("a run's plugin by path is allowed by any path, by name only by its name", () => {
  requireAllowed(["./", "@ifnormal/metrics"], ["../my-plugin"])
  expect(() => requireAllowed(["./"], ["my-plugin"])).toThrow(/third-party plugin \.\//)
  expect(() => requireAllowed(["my-plugin"], ["./"])).toThrow(/third-party plugin my-plugin/)
})

test("what fails inside a plugin reaches the user with the plugin's name", async () => {
  const cwd = await tinyWorkplace()
  writeFileSync(
    join(cwd, "odd.mjs"),
    `const options = { parse: (value) => value, safeParse: (data) => ({ success: true, data }) }
const fit = async () => undefined.weights
const create = (_, { inputShape }) => ({ inputShape, gradients: "none", variables: {}, fit, dispose() {} })
export default { name: "odd", version: "2.0.0", contract: 1, detectors: { odd: { options, create } } }
`,
  )
  const experiment = { ...tinyExperiment(), plugins: ["./odd.mjs"], detector: { type: "odd" } }
  writeFileSync(join(cwd, "odd.json"), json(experiment))
  const { code, stderr } = await ifnormal(cwd, "train", "detector", "odd.json", "--json")
  expect(code).toBe(1)
  expect(JSON.parse(stderr.split("\n").find((line) => line.startsWith("{"))!).error).toMatchObject({
    code: "plugin-failed",
    message: expect.stringMatching(/^Plugin odd@2\.0\.0, detector "odd", failed in fit: .*undefined/),
  })
  rmSync(cwd, { recursive: true, force: true })
})

test("a third party's typed error is told with its plugin, ours without; the cause's stack is there for who asks", () => {
  const error = new DataError({ code: "odd", message: "Odd.", next: "Even.", cause: new TypeError("deep") })
  error.plugin = "third@1.0.0"
  expect(describeFailure(error).message).toBe("Odd. (in plugin third@1.0.0)")
  const written: string[] = []
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0)
  vi.stubEnv("IFNORMAL_DEBUG", "1")
  printFailure(error, false)
  write.mockRestore()
  vi.unstubAllEnvs()
  expect(written.at(-1)).toMatch(/^caused by: TypeError: deep\n {4}at /)
  error.plugin = "@ifnormal/detectors@0.1.0"
  expect(describeFailure(error).message).toBe("Odd.")
})
