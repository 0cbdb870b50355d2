import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeSafetensors } from "@ifnormal/core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { writeFixture } from "../test/fixture.js"
import { renderReport, writeReport } from "./index.js"

let root: string
let html: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "ifnormal-report-"))
  await writeFixture(join(root, "run"), { label: "</script><script>alert(1)</script>" })
  html = await renderReport(join(root, "run"))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const jsonOf = (text: string) =>
  text.match(/<script type="application\/json" id="data">(.*?)<\/script>/s)![1]!

describe("the file", () => {
  test("refers to nothing outside itself and forbids requests", () => {
    expect(html).toContain("default-src 'none'")
    const references = [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, target]) => target!)
    expect(references.length).toBeGreaterThan(5)
    for (const target of references) expect(target).toMatch(/^(#|data:)/)
    expect(html).not.toMatch(/url\((?!["']?data:)/)
    expect(html).not.toContain("@import")
  })

  test("stays below 5 MB", () => {
    expect(html.length).toBeLessThan(5e6)
  })

  test("stays below 5 MB with large images that do not compress, and says how many it shows", async () => {
    const folder = join(root, "large")
    const side = 192
    const n = 60
    const images = new Uint8Array(n * side * side * 3)
    for (let i = 0, state = 1; i < images.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      images[i] = state >>> 24
    }
    const explanations = Array.from({ length: n / 2 }, (_, i) => ({
      id: `${i}`,
      role: "anomaly",
      label: "noise",
      score: 1,
      image: 2 * i,
      counterfactuals: [
        { concept: 0, alpha: 0, score: 0, distance: 0.3, status: "too-far", image: 2 * i + 1 },
      ],
    }))
    const limits = { tolerance: 0.25, eps: 0.1, epsPrime: 0.02 }
    await mkdir(join(folder, "explanations"), { recursive: true })
    await writeFile(
      join(folder, "explanations/index.json"),
      JSON.stringify({ format: 1, shape: [side, side, 3], concepts: 1, limits, explanations }),
    )
    await writeFile(
      join(folder, "explanations/images.safetensors"),
      encodeSafetensors({ images: { shape: [n, side, side, 3], dtype: "uint8", data: images } }),
    )
    const large = await renderReport(folder)
    expect(large.length).toBeLessThan(5e6)
    const { anomalies, total } = JSON.parse(jsonOf(large)).explanations
    expect(anomalies.length).toBeGreaterThan(3)
    expect(anomalies.length).toBeLessThan(30)
    expect(total.anomalies).toBe(30)
  })

  test("a label cannot become markup", () => {
    expect(html).not.toContain("<script>alert")
    expect(JSON.parse(jsonOf(html)).explanations.anomalies[0].label).toBe(
      "</script><script>alert(1)</script>",
    )
  })

  test("every picture has a text, with label and score", () => {
    const pictures = [
      ...html.matchAll(/<(?:img|span|svg)[^>]*(?:role="img"|class="map")(?:\s[\w-]+="[^"]*")*\s*\/?>/g),
    ]
    expect(pictures.length).toBeGreaterThan(20)
    for (const [tag] of pictures) expect(tag).toMatch(/(?:aria-label|alt)="[^"]{8,}"/)
    expect(html).toMatch(/aria-label="anomaly: two, \w+, score 0\.9\d"/)
    expect(html).toMatch(/concept 2: score 0\.0\d, too far"/)
  })

  test("is written whole and its path returned", async () => {
    const path = await writeReport(join(root, "run"))
    expect(path).toBe(join(root, "run", "report.html"))
    expect(await readFile(path, "utf8")).toBe(html)
  })

  test("does not depend on when it is made", async () => {
    expect(await renderReport(join(root, "run"))).toBe(html)
  })
})

describe("the views", () => {
  test("the verdict names detector, valid share, judge, engine, seed and date", () => {
    const sentence = html.match(/<p class="sentence">(.*?)<\/p>/s)![1]!.replace(/<[^>]*>/g, "")
    expect(sentence).toMatch(/6 anomalies explained/)
    expect(sentence).toMatch(/AuROC of 99\.1/)
    expect(sentence).toMatch(/58.% of the counterfactuals are valid/)
    expect(sentence).toMatch(/cyan or a one in 94/)
    expect(sentence).toMatch(/engine ort, 2 threads, seed 1, 24 November 2026/)
  })

  test("come in the order of the design", () => {
    const ids = [...html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id)
    expect(ids).toEqual([
      "scores",
      "gallery",
      "strip",
      "pseudo",
      "change",
      "training",
      "metrics",
      "semantics",
      "limits",
      "provenance",
    ])
  })

  test("metrics show the bar and the paper's number", () => {
    expect(html).toMatch(/✗ not met/)
    expect(html).toMatch(/55\.6.% ± 1\.5/)
    expect(html).toContain("skipped: no second detector in this run")
  })

  test("metrics stand under what they are about, those of plugins last", () => {
    const section = html.slice(html.indexOf('<section id="metrics"'), html.indexOf('<section id="semantics"'))
    const heads = [...section.matchAll(/<tr class="group"><th[^>]*>([^<]*)</g)].map(([, title]) => title)
    expect(heads).toEqual(["Detector", "Counterfactuals", "Concepts", "Closeness", "Realism", "Other"])
    expect(section.indexOf("FID_N")).toBeGreaterThan(section.indexOf("Mean L1 distance"))
  })

  test("provenance shows the command, hashes and the license of the data", () => {
    expect(html).toContain("npx ifnormal demo --train --seed 1")
    expect(html).toContain("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    expect(html).toContain("CC BY-SA 3.0")
  })

  test("training curves have at most 400 points", () => {
    const { trainings } = JSON.parse(jsonOf(html))
    expect(trainings.map(({ model }: { model: string }) => model)).toEqual(["detector", "generator"])
    expect(trainings[1].curves).toHaveLength(6)
    for (const { steps } of trainings[1].curves) expect(steps).toHaveLength(400)
  })
})

describe("a run folder that is not finished", () => {
  test("an empty one names the command of each missing view", async () => {
    const folder = join(root, "empty")
    await mkdir(folder)
    const empty = await renderReport(folder)
    expect(empty).toContain("npx ifnormal evaluate runs/empty")
    expect(empty).toContain("npx ifnormal train generator --run runs/empty")
    expect(empty.match(/class="missing"/g)!.length).toBeGreaterThanOrEqual(8)
  })

  test("a log that is being written is read up to its last whole line", async () => {
    const folder = join(root, "training")
    await mkdir(join(folder, "generator"), { recursive: true })
    await writeFile(
      join(folder, "generator/log.jsonl"),
      '{"step":1,"seconds":1,"terms":{"gan":1}}\n{"step":2,"seconds":2,"terms":{"gan":0.5}}\n{"step":3,"sec',
    )
    const { trainings } = JSON.parse(jsonOf(await renderReport(folder)))
    expect(trainings).toMatchObject([{ model: "generator", steps: 2, curves: [{ values: [1, 0.5] }] }])
  })

  test("no folder is an error that says what to pass", async () => {
    await expect(renderReport(join(root, "nowhere"))).rejects.toMatchObject({
      code: "not-found",
      next: expect.stringContaining("runs/demo"),
    })
  })

  test("a file that is not JSON, of another format or with missing images is named", async () => {
    const folder = join(root, "broken")
    await writeFixture(folder, { anomalies: 1, normals: 0, strips: 0 })
    const index = JSON.parse(await readFile(join(folder, "explanations/index.json"), "utf8"))
    index.explanations[0].image = 99
    await writeFile(join(folder, "explanations/index.json"), JSON.stringify(index))
    await expect(renderReport(folder)).rejects.toMatchObject({
      code: "run-file-broken",
      message: expect.stringContaining("image row 99"),
    })
    await writeFile(join(folder, "explanations/index.json"), "{")
    await expect(renderReport(folder)).rejects.toMatchObject({ code: "run-file-broken" })
    await writeFile(join(folder, "explanations/index.json"), '{"format":2}')
    await expect(renderReport(folder)).rejects.toMatchObject({
      message: expect.stringContaining("format 2"),
    })
  })
})
