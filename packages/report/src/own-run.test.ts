// The page of a detector that the user brought: no training, no concepts, several generators, heatmaps and masks.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { decodeSafetensors, encodeSafetensors } from "@ifnormal/core"
import { decode } from "fast-png"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { fragileNote, gradientScale, writeOwnFixture } from "../test/own-fixture.js"
import { renderReport } from "./index.js"
import { heatColor } from "./page/heat.js"

let root: string
let html: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "ifnormal-report-"))
  await writeOwnFixture(join(root, "own"))
  html = await renderReport(join(root, "own"))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const dataOf = (page: string) =>
  JSON.parse(page.match(/<script type="application\/json" id="data">(.*?)<\/script>/s)![1]!)
const sectionOf = (page: string, id: string) =>
  page.match(new RegExp(`<section id="${id}".*?</section>`, "s"))![0]
/** What a reader sees; elements are a space apart. */
const textOf = (markup: string) =>
  markup
    .replace(/<(script|style).*?<\/\1>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")

describe("the page of a detector of the user's own", () => {
  test("has the views that there is something for, pictures first, and its bar links to them", () => {
    const ids = [...html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id)
    expect(ids).toEqual(["gallery", "change", "generators", "scores", "limits", "provenance"])
    const links = [...html.match(/<nav.*?<\/nav>/s)![0].matchAll(/href="#(\w+)"/g)].map(([, id]) => id)
    expect(links).toEqual(ids)
    expect(html).not.toContain('class="missing"')
  })

  test("speaks of generators, never of concepts or of what a training would measure", () => {
    expect(textOf(html)).not.toMatch(/concept|not measured yet|judge/i)
    expect(html).not.toMatch(/aria-label="[^"]*concept/)
    expect(textOf(sectionOf(html, "scores"))).toMatch(/Counterfactual, gradient 2 n = 1/)
    expect(textOf(sectionOf(html, "scores"))).not.toContain("Normal n")
    expect(textOf(html)).toMatch(
      /4 anomalies explained .* for 2 of them at least one counterfactual is valid/,
    )
  })

  test("counts the best counterfactual of each image by generator", () => {
    const [gradient, nearest] = dataOf(html).explanations.reached
    expect(gradient).toEqual({
      generator: "gradient",
      n: 4,
      // Of two anomalies the first is valid, of two the target is missed and the fragile one is better.
      stamps: { valid: 2, fragile: 2, "not-distinct": 0, "too-far": 0, "target-missed": 0 },
      inside: 0.55,
      seconds: 2.2,
    })
    expect(nearest).toMatchObject({ n: 3, stamps: { "too-far": 3 }, inside: 0.1, seconds: 0.02 })
    const table = textOf(sectionOf(html, "generators"))
    expect(table).toMatch(/gradient 4 2 2 0 0 0 55\.0.% 2\.2 s nearest 3 0 0 3 0 0 10\.0.% 20 ms/)
    expect(table).toContain("widened by 4 pixels")
  })

  test("the gallery has the best of each generator, and says where there is none", () => {
    const columns = sectionOf(html, "gallery").split('class="column"').slice(1)
    expect(columns).toHaveLength(4)
    const rows = [...columns[0]!.matchAll(/data-row="([^"]*)"/g)].map(([, name]) => name)
    expect(rows).toEqual(["anomaly", "gradient map", "occlusion", "gradient", "nearest"])
    expect(columns[0]).toContain("counterfactual of bad/0.png, gradient 1: score 0.03, valid")
    expect(columns[1]).toContain("counterfactual of bad/1.png, gradient 2: score 0.03, fragile")
    expect(textOf(columns[2]!)).toContain("none")
  })

  test("the detail names stamp, note, seconds and the share inside the mask", () => {
    const text = textOf(sectionOf(html, "change"))
    expect(text).toMatch(/Gradient 1 score 0\.03, valid 1\.2 s Change .{1,40} 80.% inside the mask/)
    expect(text).toMatch(
      /Gradient 2 score 0\.03, fragile Change .{1,40} 30.% inside the mask Fragile: blurred/,
    )
    expect(text).toContain(fragileNote)
    expect(text).toMatch(/Nearest score 0\.03, too far 20 ms/)
  })

  test("the legend says what full strength is", () => {
    const text = textOf(sectionOf(html, "gallery"))
    expect(text).toContain(`gradient map full strength = ${gradientScale} and above`)
    expect(text).toContain("occlusion full strength = 0.41 and above")
  })

  test("limits explain the stamp fragile and count it", () => {
    const text = textOf(sectionOf(html, "limits"))
    expect(text).toMatch(/fragile 4 It passed the checks above, but is no longer near the target/)
    expect(text).toContain("adversarial look-alike")
    expect(text).toContain("closer than 0.020 to another counterfactual of the same generator, so")
  })

  test("every picture has a text", () => {
    const pictures = [...html.matchAll(/<(?:span|svg|img)[^>]*(?:role="img"|class="map")[^>]*>/g)]
    expect(pictures.length).toBeGreaterThan(20)
    for (const [tag] of pictures) expect(tag).toMatch(/(?:aria-label|alt)="[^"]{8,}"/)
    expect(html).toContain("anomaly: bad/0.png, score 0.95, defect outlined")
    expect(html).toContain("heatmap of bad/0.png: gradient map")
  })

  test("the heatmap is drawn over the dimmed image, the mask's outline around the defect", () => {
    const { sprite, anomalies } = dataOf(html).explanations
    const uri = html.match(/url\(data:image\/png;base64,([^)]*)\)/)![1]!
    const png = decode(Buffer.from(uri, "base64"))
    const pixel = (cell: number) => {
      const at = (Math.floor(cell / sprite.columns) * 16 * png.width + (cell % sprite.columns) * 16) * 3
      return [...png.data.slice(at, at + 3)] as [number, number, number]
    }
    const [r, g, b] = pixel(anomalies[1].image)
    const gray = 0.2126 * r + 0.7152 * g + 0.0722 * b
    expect(pixel(anomalies[1].attributions[0].map)).toEqual(heatColor(1, gray))
    expect(anomalies[1].outline).toBe("M4 4H8M4 8H8M4 4V8M8 4V8")
  })

  test("does without run.json and scores.json", async () => {
    const folder = join(root, "bare")
    await writeOwnFixture(folder)
    await Promise.all(["run.json", "scores.json"].map((name) => rm(join(folder, name))))
    const bare = await renderReport(folder)
    expect(textOf(bare)).toContain("4 anomalies explained: for 2 of them")
    expect(bare).not.toContain('id="scores"')
  })

  test("large images are shrunk and stay below 5 MB", async () => {
    const folder = join(root, "large")
    await writeOwnFixture(folder, { side: 300, anomalies: 3 })
    const large = await renderReport(folder)
    expect(large.length).toBeLessThan(5e6)
    expect(dataOf(large).explanations).toMatchObject({ shrunk: 2, sprite: { shape: [150, 150, 3] } })
    expect(dataOf(large).explanations.anomalies).toHaveLength(3)
    expect(textOf(large)).toContain("shown at 1/2 of their size")
  })
})

test("many large images are shrunk further, so that a dozen fit", async () => {
  const folder = join(root, "many")
  await writeOwnFixture(folder, { side: 256, anomalies: 14, flat: true })
  const { shrunk, anomalies, sprite } = dataOf(await renderReport(folder)).explanations
  expect({ shrunk, shown: anomalies.length, shape: sprite.shape }).toEqual({
    shrunk: 2,
    shown: 14,
    shape: [128, 128, 3],
  })
})

describe("heatmaps and masks that are not what the contract says", () => {
  const folder = () => join(root, "broken")
  const indexPath = () => join(folder(), "explanations/index.json")
  beforeEach(() => writeOwnFixture(folder()))

  const refused = async (message: string) =>
    await expect(renderReport(folder())).rejects.toMatchObject({
      code: "run-file-broken",
      message: expect.stringContaining(message),
    })

  test.each([
    ["a map row", "map row 99", (e: Explanation) => (e.attributions[0]!.map = 99)],
    ["a mask row", "mask row 1", (e: Explanation) => (e.mask = 1)],
    ["a second scale", 'scale 2 of a "gradient" map', (e: Explanation) => (e.attributions[0]!.scale = 2)],
    ["no scale", 'scale null of a "gradient" map', (e: Explanation) => (e.attributions[0]!.scale = null)],
    [
      "a generator",
      'of generator "other" in',
      (e: Explanation) => (e.counterfactuals[0]!.generator = "other"),
    ],
  ])("%s", async (_name, message, change) => {
    const index = JSON.parse(await readFile(indexPath(), "utf8"))
    change(index.explanations[1])
    await writeFile(indexPath(), JSON.stringify(index))
    await refused(message)
  })

  test("tensors that are missing or of another shape", async () => {
    const path = join(folder(), "explanations/images.safetensors")
    const tensors = decodeSafetensors(new Uint8Array(await readFile(path)), path)
    const { masks, ...rest } = tensors
    await writeFile(path, encodeSafetensors(rest))
    await refused('no tensor "masks"')
    const flat = { ...tensors.maps!, shape: [8, 256] }
    await writeFile(path, encodeSafetensors({ ...tensors, maps: flat }))
    await refused('"maps" uint8 [8, 256]')
  })
})

interface Explanation {
  attributions: { map: number; scale: number | null }[]
  counterfactuals: { generator: string }[]
  mask: number
}
