// `ifnormal explain --detector` as a user types it: an ONNX file from PyTorch, a folder of normal images, two odd ones.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { ifnormal, writePng } from "./support.js"

const fixtures = fileURLToPath(new URL("../../../fixtures/", import.meta.url))
const model = join(fixtures, "hazelnut-detector/patches.onnx")
const hazelnuts = join(fixtures, "hazelnut-toy")

/** good/ with eight images, bad/ with one anomaly. */
function workplace(): string {
  const cwd = mkdtempSync(join(tmpdir(), "ifnormal-own-"))
  for (const folder of ["good", "bad", "masks"]) mkdirSync(join(cwd, folder))
  for (const name of ["00", "01", "02", "03", "06", "07", "08", "09"])
    copyFileSync(join(hazelnuts, `train/good/${name}.jpg`), join(cwd, `good/${name}.jpg`))
  copyFileSync(join(hazelnuts, "test/colour/01.jpg"), join(cwd, "bad/01.jpg"))
  copyFileSync(join(hazelnuts, "ground_truth/colour/01.png"), join(cwd, "masks/01_mask.png"))
  return cwd
}
const own = ["--detector", model, "--normalize", "imagenet", "--threads", "1"]

test("a model's anomaly becomes normal inside the mask, with pictures, index.json and a report", async () => {
  const cwd = workplace()
  const { code, stdout, stderr } = await ifnormal(
    cwd, "explain", ...own, "--normal", "good", "--masks", "masks", "--json", "bad",
  ) // biome-ignore format: a command line
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/First explanation after .* s: .*01\.jpg scores 0\.9/)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({
    gradients: "exact",
    stopped: false,
    report: join("explanations", "report.html"),
  })
  const [{ counterfactuals }] = result.images
  expect(counterfactuals.map(({ generator }: { generator: string }) => generator)).toEqual([
    "gradient",
    "nearest",
  ])
  expect(counterfactuals[0].status).toBe("valid")
  expect(counterfactuals[0].score).toBeLessThan(0.25)
  expect(counterfactuals[0].inside.energy).toBeGreaterThan(0.5)
  for (const { file } of counterfactuals) expect(statSync(join(cwd, file)).size).toBeGreaterThan(1000)
  const html = readFileSync(join(cwd, result.report), "utf8")
  expect(html.length).toBeLessThan(5e6)
  for (const shown of ['id="change"', 'id="generators"', 'aria-label="heatmap of', "defect outlined"])
    expect(html).toContain(shown)
  expect(html).not.toContain('id="strip"')
}, 120_000)

test("only the generators and heatmaps that were asked for are made; a fragile counterfactual says why", async () => {
  const cwd = workplace()
  const args = ["--normal", "good", "--generator", "nearest", "--attribution", "none", "bad/01.jpg"]
  const { code, stdout } = await ifnormal(cwd, "explain", ...own, ...args)
  expect(code).toBe(0)
  expect(stdout).toMatch(/nearest 1 .*(valid|fragile {2}Fragile: )/)
  expect(stdout).not.toContain("gradient")
  expect(stdout).toContain("Report to look at: ")
  expect(existsSync(join(cwd, "explanations/01.nearest1.png"))).toBe(true)
  expect(readFileSync(join(cwd, "explanations/report.html"), "utf8")).not.toContain('aria-label="heatmap of')
}, 120_000)

test.each([
  ["no --normal", ["explain", "bad", ...own], 2, "normal-missing"],
  ["options of a detector without one", ["explain", "bad", "--normal", "good"], 2, "option-not-for-run"],
  [
    "--run beside --detector",
    ["explain", "bad", ...own, "--normal", "good", "--run", "x"],
    2,
    "option-not-for-run",
  ],
  [
    "a file that is no ONNX model",
    ["explain", "bad", "--detector", "text.onnx", "--normal", "good"],
    2,
    "detector-file",
  ],
  ["no such model", ["explain", "bad", "--detector", "none.onnx", "--normal", "good"], 7, "not-found"],
  ["one normal image", ["explain", "bad", ...own, "--normal", "one"], 3, "normal-empty"],
  ["images of another size", ["explain", "small.png", ...own, "--normal", "good"], 3, "image-size"],
  ["a generator that is not known", ["explain", "bad", ...own, "--generator", "gan"], 2, "invalid-argument"],
  [
    "masks of other images",
    ["explain", "bad", ...own, "--normal", "good", "--masks", "good2"],
    3,
    "masks-missing",
  ],
] as const)(
  "%s is an error that says what to do",
  async (_, args, exit, error) => {
    const cwd = workplace()
    writeFileSync(join(cwd, "text.onnx"), "no model")
    writePng(join(cwd, "small.png"))
    for (const folder of ["one", "good2"]) mkdirSync(join(cwd, folder))
    copyFileSync(join(cwd, "good/00.jpg"), join(cwd, "one/00.jpg"))
    copyFileSync(join(cwd, "good/00.jpg"), join(cwd, "good2/00.jpg"))
    const { code, stderr } = await ifnormal(cwd, ...args)
    expect(stderr).toContain(`error[${error}]: `)
    expect(stderr).toContain("next: ")
    expect(code).toBe(exit)
  },
  60_000,
)
