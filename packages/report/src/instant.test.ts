// Reports of `ifnormal explain --detector`: nothing was trained, several generators, heatmaps, masks.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ExplanationsFile, encodeSafetensors } from "@ifnormal/core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { compare } from "./compare.js"
import { renderReport } from "./index.js"
import { heatColor } from "./page/heat-color.js"

const made = (generator: string, status: "valid" | "fragile", image: number, insideMask: number) => ({
  ...{ generator, status, image, insideMask, concept: 0, alpha: 0, score: 0.1, distance: 0.01 * image },
  seconds: 2,
})
const index: ExplanationsFile = {
  format: 1,
  shape: [8, 8, 3],
  concepts: 1,
  limits: { tolerance: 0.25, eps: 0.1, epsPrime: 0.001 },
  generators: ["gradient", "nearest"],
  maskMargin: 4,
  explanations: [
    {
      ...{ id: "a", role: "anomaly", label: "bad/a.png", score: 0.9, image: 0, mask: 0 },
      counterfactuals: [made("gradient", "valid", 1, 0.8), made("nearest", "fragile", 2, 0.2)],
      attributions: [{ kind: "gradient", map: 0, scale: 2 }],
    },
  ],
}
let root: string
let html: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "ifnormal-instant-"))
  await mkdir(join(root, "explanations"))
  await writeFile(join(root, "explanations/index.json"), JSON.stringify(index))
  const plane = (fill: number) => ({
    shape: [1, 8, 8],
    dtype: "uint8" as const,
    data: new Uint8Array(64).fill(fill, 0, 20),
  })
  const images = { shape: [3, 8, 8, 3], dtype: "uint8" as const, data: new Uint8Array(576).fill(90) }
  const tensors = encodeSafetensors({ images, maps: plane(200), masks: plane(255) })
  await writeFile(join(root, "explanations/images.safetensors"), tensors)
  html = await renderReport(root)
})
afterAll(() => rm(root, { recursive: true, force: true }))

test("heatmap and outline stand beside the counterfactuals, named by generator", () => {
  expect(html).toContain('alt="gradient heatmap of bad/a.png"')
  expect(html).toContain('alt="outline of the defect"')
  expect(html).toContain("counterfactual of bad/a.png, nearest: score 0.10, fragile")
  expect(html).toContain("adversarial look-alike")
})

test("views of what only training makes are left out, the comparison is there", () => {
  for (const id of ["strip", "pseudo", "training", "semantics"]) {
    expect(html).not.toContain(`id="${id}"`)
    expect(html).not.toContain(`href="#${id}"`)
  }
  for (const id of ["heat", "compare"]) expect(html).toContain(`href="#${id}"`)
  expect(html).toContain("widened by")
})

test("the best counterfactual of each generator counts", () => {
  expect(compare(["gradient", "nearest"], index.explanations)).toMatchObject([
    {
      generator: "gradient",
      n: 1,
      counts: { valid: 1, fragile: 0 },
      inside: { share: 0.8, n: 1 },
      seconds: 2,
    },
    { generator: "nearest", n: 1, counts: { valid: 0, fragile: 1 } },
  ])
})

test("heat goes from black to light yellow", () => {
  expect([heatColor(0), heatColor(1)]).toEqual([[0, 0, 4], [252, 255, 164]]) // biome-ignore format: two colors
})
