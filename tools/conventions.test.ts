// The repository's own rules as tests: who may import whom, and what every package has (docs/decisions/0001).
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import { expect, test } from "vitest"

const root = join(import.meta.dirname, "..")
const packagesDir = join(root, "packages")

/** Package folder -> workspace packages that it may import at run time. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  onnx: [],
  weights: ["@ifnormal/core"],
  "backend-ort": ["@ifnormal/onnx"],
  detectors: ["@ifnormal/core", "@ifnormal/onnx"],
  generators: ["@ifnormal/core", "@ifnormal/onnx"],
  metrics: ["@ifnormal/core", "@ifnormal/onnx", "@ifnormal/weights"],
  datasets: ["@ifnormal/core", "@ifnormal/weights"],
  report: ["@ifnormal/core"],
  "session-web": ["@ifnormal/onnx"],
  testkit: ["@ifnormal/core"],
  "create-plugin": [],
  cli: [
    "@ifnormal/backend-ort",
    "@ifnormal/core",
    "@ifnormal/datasets",
    "@ifnormal/detectors",
    "@ifnormal/generators",
    "@ifnormal/metrics",
    "@ifnormal/onnx",
    "@ifnormal/report",
    "@ifnormal/session-web",
    "@ifnormal/weights",
  ],
}
/** These stay free of tensors: they work on bytes. */
const withoutTfjs = ["datasets", "report", "onnx", "session-web", "weights"]

/** These run in a browser, but for what is under src/node. */
const inBrowsers = ["core", "metrics", "weights"]

/** Packages whose names stand outside the scope, because a user types them. */
const unscoped: Record<string, string> = { cli: "ifnormal", "create-plugin": "create-ifnormal-plugin" }

interface Manifest {
  name: string
  version: string
  license: string
  type: string
  description?: string
  files?: string[]
  exports?: Record<string, unknown>
  engines?: { node?: string }
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

const folders = readdirSync(packagesDir).filter((name) => existsSync(join(packagesDir, name, "package.json")))
const manifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(packagesDir, folder, "package.json"), "utf8"))

function sources(folder: string): string[] {
  const walk = (dir: string): string[] =>
    readdirSync(dir).flatMap((name) => {
      const path = join(dir, name)
      if (statSync(path).isDirectory()) return name.startsWith("__") ? [] : walk(path)
      return /\.(ts|tsx)$/.test(name) && !/\.test\.tsx?$/.test(name) ? [path] : []
    })
  return walk(join(packagesDir, folder, "src"))
}

/** Every import of a file: its specifier and whether it is of types only. */
function imports(file: string): { specifier: string; typeOnly: boolean; line: number }[] {
  const text = readFileSync(file, "utf8")
  const pattern =
    /(?:^|\n)\s*(import|export)\s+(type\s)?(?:[^"'`;]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g
  return [...text.matchAll(pattern)].map((match) => ({
    specifier: (match[3] ?? match[4])!,
    typeOnly: match[2] !== undefined,
    line: text.slice(0, match.index).split("\n").length + (match[0].startsWith("\n") ? 1 : 0),
  }))
}

test("every package is in the table of the dependency rule", () => {
  expect(folders.toSorted()).toEqual(Object.keys(mayImport).toSorted())
})

test.each(folders)("%s imports only what the dependency rule allows", (folder) => {
  const { name, dependencies = {}, peerDependencies = {} } = manifest(folder)
  const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies), name])
  const offending: string[] = []
  for (const file of sources(folder))
    for (const { specifier, typeOnly, line } of imports(file)) {
      const where = `${relative(root, file)}:${line} imports ${specifier}`
      if (specifier.startsWith(".") || specifier.startsWith("node:")) {
        if (specifier.startsWith("node:") && inBrowsers.includes(folder) && !file.includes("/src/node/"))
          offending.push(`${where}: ${folder} has node access only under src/node`)
        continue
      }
      const packageName = specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/")
      if (packageName.startsWith("@ifnormal/") && !mayImport[folder]!.includes(packageName))
        offending.push(`${where}: not allowed for ${folder}`)
      // onnx/import turns files into functions of tensors; everything else of the package reads and writes bytes.
      const importer = folder === "onnx" && file.includes("/src/import/")
      if (packageName.startsWith("@tensorflow/") && withoutTfjs.includes(folder) && !typeOnly && !importer)
        offending.push(`${where}: ${folder} stays free of tensors`)
      const optional = /^@tensorflow\/tfjs-node/.test(packageName)
      const bundled = folder === "report" && file.includes("/page/")
      if (
        !declared.has(packageName) &&
        !optional &&
        !bundled &&
        !typeOnly &&
        !packageName.startsWith("preact")
      )
        offending.push(`${where}: not in its package.json`)
    }
  expect(offending).toEqual([])
})

test("contract/ imports nothing else of core", () => {
  const offending = sources("core")
    .filter((file) => file.includes("/src/contract/"))
    .flatMap((file) => imports(file).map(({ specifier }) => ({ file: relative(root, file), specifier })))
    .filter(({ specifier }) => specifier.startsWith(".."))
  expect(offending).toEqual([])
})

test.each(folders)("%s has the common files and fields", (folder) => {
  const { name, license, type, files, exports, engines, description } = manifest(folder)
  expect(name).toBe(unscoped[folder] ?? `@ifnormal/${folder}`)
  expect({ license, type, node: engines?.node }).toEqual({
    license: "Apache-2.0",
    type: "module",
    node: ">=20",
  })
  expect(description).toBeTruthy()
  expect(files).toContain("dist")
  expect(exports).toHaveProperty("./package.json")
  for (const file of ["README.md", "tsconfig.json", "tsup.config.ts", "src/index.ts"])
    expect(existsSync(join(packagesDir, folder, file)), `${folder}/${file}`).toBe(true)
})

test("all packages have one version and internal dependencies are workspace ranges", () => {
  expect(new Set(folders.map((folder) => manifest(folder).version)).size).toBe(1)
  for (const folder of folders)
    for (const [name, range] of Object.entries(manifest(folder).dependencies ?? {}))
      if (name.startsWith("@ifnormal/")) expect(range, `${folder} -> ${name}`).toMatch(/^workspace:/)
})

test("one release carries every package", () => {
  const { fixed } = JSON.parse(readFileSync(join(root, ".changeset/config.json"), "utf8"))
  expect(fixed).toEqual([[...Object.values(unscoped), "@ifnormal/*"]])
})

/** Folder -> plural of what its plugin brings, and the checks that ask for it. */
const throughTheDoor = {
  detectors: "detectorChecks",
  generators: "generatorChecks",
  metrics: "metricChecks",
  datasets: "datasetChecks",
}
test.each(Object.entries(throughTheDoor))(
  "%s go through testkit's %s, as third parties' do",
  (folder, checks) => {
    const tests = readFileSync(join(packagesDir, folder, "src/contract.test.ts"), "utf8")
    expect(tests).toContain(`${checks}(${folder}, `)
  },
)

test("randomness is always an argument, never a global", () => {
  const offending = folders
    .flatMap(sources)
    .filter((file) =>
      /Math\.random|tf\.random(Normal|Uniform)|truncatedNormal/.test(readFileSync(file, "utf8")),
    )
    .map((file) => relative(root, file))
  expect(offending).toEqual([])
})

test("no tracked file is too long to be one idea without saying why", () => {
  const files = execFileSync("git", ["ls-files", "packages/*.ts", "packages/*.tsx"], {
    cwd: root,
    encoding: "utf8",
  })
  const long = files
    .split("\n")
    .filter((file) => file && existsSync(join(root, file)) && !/\.test\.tsx?$/.test(file))
    .filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 400)
  expect(long).toEqual([])
})

test("the lock file and no other file names a package that would run a script at install", () => {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")
  expect(workspace).toMatch(/onlyBuiltDependencies: \[\]/)
})
