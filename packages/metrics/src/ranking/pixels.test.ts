import "@tensorflow/tfjs-backend-cpu"
import { readFileSync } from "node:fs"
import { stream } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Aupro, aupro, auroc, PixelAuroc, pixelAuroc } from "../index.js"
import { distribution, percentiles } from "../intervals/redraw.js"
import { pixelArea } from "./aupro.js"
import { pixelInterval } from "./pixel-interval.js"
import { type Planes, pixelImages } from "./pixels.js"
import { connectedRegions } from "./regions.js"

interface Golden {
  cases: {
    name: string
    shape: [number, number, number]
    levels: number
    fprLimit: number
    regions: number
    pixelAuroc: number
    aupro: number
    anomalibAupro: number
  }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL("./__golden__/pixels.json", import.meta.url), "utf8"))

/** The formula of tools/reference/pixels.py. */
function planes(number: number, shape: readonly [number, number, number], levels: number): [Planes, Planes] {
  const [images, height, width] = shape
  const [maps, masks] = [new Float64Array(images * height * width), new Float64Array(images * height * width)]
  let at = 0
  for (let i = 0; i < images; i++)
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++, at++) {
        const blob = (r - 3) ** 2 + (c - 2 - i) ** 2 <= 4
        const step = r === c + 4 && c % 5 !== 4
        const single = (r * 7 + c * 5 + i) % 61 === 0
        const defect = i % 3 !== 2 && (blob || step || single)
        let state = (number * 31 + i) * 1009 + r * 131 + c * 17 + 1
        for (let round = 0; round < 3; round++) {
          state ^= state << 13
          state ^= state >>> 17
          state ^= state << 5
        }
        maps[at] = ((state >>> 0) % levels) + (defect ? Math.floor(levels / 3) : 0)
        masks[at] = defect ? 1 : 0
      }
  return [
    { shape, data: maps },
    { shape, data: masks },
  ]
}

describe.each(golden.cases.map((one, number) => ({ ...one, number })))("$name", (expected) => {
  const [maps, masks] = planes(expected.number, expected.shape, expected.levels)
  const near = (found: number, wanted: number, bar = 1e-12) =>
    expect(Math.abs(found - wanted)).toBeLessThanOrEqual(bar)

  test("pixel AuROC as scikit-learn, AUPRO as MVTec's evaluation; anomalib's float32 is within 1e-6", () => {
    near(pixelAuroc(maps, masks), expected.pixelAuroc)
    near(aupro(maps, masks, { fprLimit: expected.fprLimit }), expected.aupro)
    near(expected.anomalibAupro, expected.aupro, 1e-6)
  })

  test("regions as scipy.ndimage.label, and pixel AuROC as AuROC of the pixels", () => {
    const images = pixelImages(maps, masks)
    expect(images.flatMap(({ regions }) => regions)).toHaveLength(expected.regions)
    const split = [0, 1].map((kind) => Array.from(maps.data).filter((_, i) => masks.data[i] === kind))
    near(pixelAuroc(maps, masks), auroc(split[0]!, split[1]!))
  })

  test("the interval is within a hundredth of its width of sorting the redrawn images' pixels again", () => {
    const images = pixelImages(maps, masks)
    const [defective, other] = [true, false].map((has) =>
      images.filter(({ regions }) => regions.length > 0 === has),
    )
    for (const [limit, unit] of [
      [1, "pixel"],
      [expected.fprLimit, "region"],
    ] as const) {
      const values = distribution({ seed: 3, draws: 20 }, (random) =>
        pixelArea(
          [defective!, other!].flatMap((kind) => kind.map(() => kind[random.int(kind.length)]!)),
          limit,
          unit,
        ),
      )
      const value = pixelArea(images, limit, unit)
      const [low, high] = pixelInterval(images, value, limit, unit, { seed: 3, draws: 20 })
      const bar = 1e-12 + (values[19]! - values[0]!) / 100
      const wanted = percentiles(values)
      near(low, wanted[0], bar)
      near(high, wanted[1], bar)
    }
  })
})

test("regions touch at corners too", () => {
  const mask = [1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0]
  const { labels, sizes } = connectedRegions(mask, 4, 4)
  expect(Array.from(labels)).toEqual([1, 0, 0, 2, 0, 1, 0, 2, 0, 0, 0, 0, 3, 3, 3, 0])
  expect(sizes).toEqual([0, 2, 2, 3])
})

test("one overlap of each region counts the same: a large region that is found does not hide a small one", () => {
  const shape = [1, 2, 5] as const
  const masks = { shape, data: [1, 1, 1, 0, 1, 1, 1, 1, 0, 0] }
  const maps = { shape, data: [9, 9, 9, 1, 0, 9, 9, 9, 2, 1] }
  expect(aupro(maps, masks)).toBe(0.5)
  expect(pixelAuroc(maps, masks)).toBeCloseTo(6 / 7, 12)
})

test("typed errors instead of numbers", () => {
  const shape = [1, 2, 2] as const
  const maps = { shape, data: [1, 2, 3, 4] }
  const mask = (data: number[]) => ({ shape, data })
  for (const measure of [pixelAuroc, aupro]) {
    expect(() => measure(maps, mask([0, 0, 0, 0]))).toThrow(/no defect pixels in 1 images/)
    expect(() => measure(maps, mask([1, 1, 1, 1]))).toThrow(/no pixels outside defects/)
    expect(() => measure(maps, mask([0, 0.5, 1, 0]))).toThrow(/holds 0.5, expected 1 where/)
    expect(() => measure({ shape, data: [1, Number.NaN, 3, 4] }, mask([0, 1, 0, 0]))).toThrow(
      /NaN at position 1/,
    )
    expect(() => measure(maps, { shape: [1, 4, 1], data: [0, 1, 0, 0] })).toThrow(/\[1, 4, 1\].*\[1, 2, 2\]/)
  }
  expect(() => aupro(maps, mask([0, 1, 0, 0]), { fprLimit: 0 })).toThrow(/fprLimit is 0/)
})

describe("the metrics", () => {
  beforeAll(() => tf.setBackend("cpu"))
  afterAll(() => tf.disposeVariables())

  /** Four normal images and four anomalies whose maps are higher on the defect. */
  function inputs() {
    const images = tf.zeros<tf.Rank.R4>([4, 6, 6, 1])
    const random = stream(2, "pixels.test")
    const mask = Float32Array.from({ length: 144 }, (_, i) => (i % 6 < 2 && i % 36 < 18 ? 1 : 0))
    const map = (shift: number) => mask.map((v) => shift * v + random.normal())
    const scores = new Float64Array(4)
    const cube = (data: Float32Array) => tf.tensor3d(data, [4, 6, 6])
    return {
      normal: { role: "normal", images, scores, maps: cube(map(0)) },
      anomaly: { role: "anomaly", images, scores, maps: cube(map(1)), masks: cube(mask) },
    } as const
  }

  test.each([
    ["pixel AuROC", () => new PixelAuroc()],
    ["AUPRO", () => new Aupro()],
  ])("%s has a value in its interval, seed, draws and counts", async (_, create) => {
    const metric = create()
    const { normal, anomaly } = inputs()
    await metric.update(normal)
    await metric.update(anomaly)
    const result = await metric.compute()
    expect(result).toMatchObject({
      n: 8,
      counts: { normal: 4, anomaly: 4, region: 4 },
      seed: 1,
      draws: 1000,
      level: 0.95,
    })
    expect(result.value).toBeGreaterThan(0.5)
    expect(result.interval![0]).toBeLessThan(result.value)
    expect(result.interval![1]).toBeGreaterThan(result.value)
    const planesOf = (name: "maps" | "masks") => [
      ...(name === "maps" ? normal.maps : tf.zerosLike(normal.maps)).dataSync(),
      ...anomaly[name].dataSync(),
    ]
    const measure = metric instanceof Aupro ? aupro : pixelAuroc
    const shape = [8, 6, 6] as const
    expect(result.value).toBe(measure({ shape, data: planesOf("maps") }, { shape, data: planesOf("masks") }))
  })

  test("without maps, masks or defects it is skipped with the reason", async () => {
    const { normal, anomaly } = inputs()
    const { maps: _, ...withoutMaps } = anomaly
    const { masks: __, ...withoutMasks } = anomaly
    const skipped = async (...fed: Parameters<Aupro["update"]>[0][]) => {
      const metric = new Aupro()
      for (const input of fed) await metric.update(input)
      return (await metric.compute()).skipped
    }
    expect(await skipped()).toBe("There are no images.")
    expect(await skipped(normal)).toBe("There are no defect pixels.")
    expect(await skipped(normal, withoutMaps)).toBe("The detector gives no anomaly maps.")
    expect(await skipped(normal, anomaly, withoutMasks)).toBe("The anomalies have no masks.")
  })
})
