import "@tensorflow/tfjs-backend-cpu"
import { createMetric, createRegistry, type MetricInput, stream } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, test } from "vitest"
import type { ByteImages, FeatureExtractor } from "../features/extractor.js"
import { redraw } from "../intervals/redraw.js"
import { loadDigits, loadJudge } from "../node/index.js"
import { metrics } from "../plugin.js"
import type { FeatureMatrix } from "./feature-matrix.js"
import { FidMetric, FidNMetric } from "./fid-metrics.js"
import { frechetDistance } from "./frechet.js"
import { goldenFeatures } from "./golden-features.js"
import { kid } from "./kid.js"
import { kidInterval } from "./kid-interval.js"
import { KidMetric } from "./kid-metric.js"
import { NeighborMetric } from "./neighbor-metrics.js"
import { density, precision } from "./neighbors.js"
import { recenteredInterval } from "./recentered.js"
import { redrawnFrechet } from "./redrawn-frechet.js"

beforeAll(() => tf.setBackend("cpu"))

/** Its features are the image's bytes; it counts the images that it sees. */
function pixels(d: number, id = "pixels"): FeatureExtractor & { seen: number } {
  return {
    recipe: id,
    id,
    dimensions: d,
    seen: 0,
    async features({ bytes, length }: ByteImages) {
      this.seen += length
      return Float32Array.from(bytes)
    },
    dispose() {},
  }
}

const random = stream(1, "feature-metrics.test")
const d = 6
const images = (n: number, center: number) =>
  tf.tensor4d(
    Float32Array.from({ length: n * d }, () => Math.round(255 * (center + 0.2 * random.uniform())) / 255),
    [n, 1, 2, 3],
  )
const bytesOf = (tensor: tf.Tensor4D): FeatureMatrix => ({
  data: tensor.dataSync<"float32">().map((value) => Math.round(value * 255)),
  length: tensor.shape[0],
  dimensions: d,
})

/** 30 normal images, 24 anomalies, and two counterfactuals of 12 of them at alpha 0 and 1. */
function inputs() {
  const n = 48
  const input = {
    normal: { role: "normal", images: images(30, 0.3), scores: new Float64Array(30) },
    anomaly: { role: "anomaly", images: images(24, 0.6), scores: new Float64Array(24) },
    counterfactual: {
      role: "counterfactual",
      images: images(n, 0.35),
      originals: images(n, 0.6),
      scores: new Float64Array(n),
      phi: new Float64Array(n),
      alpha: Float64Array.from({ length: n }, (_, i) => (i < 24 ? 0 : 1)),
      concept: Int32Array.from({ length: n }, (_, i) => i % 2),
      index: Int32Array.from({ length: n }, (_, i) => (i >> 1) % 12),
    },
  } satisfies Record<string, MetricInput>
  const atZero = bytesOf(tf.slice(input.counterfactual.images, 0, 24))
  return { input, normal: bytesOf(input.normal.images), anomaly: bytesOf(input.anomaly.images), atZero }
}

describe("metrics of feature vectors", () => {
  test("are the functions' values, with counts, an interval around them and the extractor's name", async () => {
    const { input, normal, anomaly, atZero } = inputs()
    const extractor = pixels(d)
    const bootstrap = { draws: 60 }
    const below = await frechetDistance(anomaly, normal)
    const above = await frechetDistance(atZero, normal)
    const cases = [
      [new FidMetric(extractor, undefined, bootstrap), above],
      [new FidNMetric(extractor, undefined, bootstrap), above / below],
      [new KidMetric(extractor, undefined, {}, bootstrap), (await kid(atZero, normal)).value],
      [
        new NeighborMetric("precision", extractor, undefined, 2, bootstrap),
        (await precision(atZero, normal, { k: 2 })).value,
      ],
      [
        new NeighborMetric("density", extractor, undefined, undefined, bootstrap),
        (await density(atZero, normal)).value,
      ],
    ] as const
    for (const [metric, value] of cases) {
      for (const each of Object.values(input)) await metric.update(each)
      const result = await metric.compute()
      expect(result.value).toBeCloseTo(value, 12)
      expect(result).toMatchObject({
        seed: 1,
        draws: 60,
        level: 0.95,
        counts: { counterfactual: 24, normal: 30 },
      })
      expect(result.n).toBe(metric instanceof FidNMetric ? 78 : 54)
      expect(result.recipe).toMatch(/^pixels: /)
      expect(result.interval![0]).toBeLessThanOrEqual(value)
      expect(result.interval![1]).toBeGreaterThanOrEqual(value)
      expect(result.interval![1]).toBeGreaterThan(result.interval![0])
    }
    // 30 normal images, 24 anomalies, 24 counterfactuals at alpha 0, each once for five metrics.
    expect(extractor.seen).toBe(78)
  })

  test("of one concept look at its images alone, and at those not yet known only once", async () => {
    const { input } = inputs()
    const extractor = pixels(d)
    const [one, all] = [new FidMetric(extractor, { alpha: 0, concept: 1 }), new FidMetric(extractor)]
    await Promise.all([one, all].map((metric) => metric.update(input.counterfactual)))
    expect(extractor.seen).toBe(24)
    await one.update(input.normal)
    expect(one.name).toBe("FID normal vs. CE, concept 2")
    expect((await one.compute()).counts).toEqual({ counterfactual: 12, normal: 30 })
  })

  test("are skipped with a reason where images are missing or too few", async () => {
    const { input } = inputs()
    const single = { ...input.normal, images: images(1, 0.3) }
    const fid = new FidMetric(pixels(d))
    await fid.update(input.counterfactual)
    expect((await fid.compute()).skipped).toBe("There are no normal images.")
    await fid.update(single)
    expect((await fid.compute()).skipped).toMatch(/There is 1 image among the normal images, at least 2/)
    const recall = new NeighborMetric("recall", pixels(d), undefined, 24)
    await recall.update(input.counterfactual)
    expect((await recall.compute()).skipped).toMatch(/There are 24 among the counterfactuals, at least 25/)
    expect((await new KidMetric("no weights").compute()).skipped).toBe("no weights")
  })

  test("FID of constant images is 0, FID_N of equal sets is skipped", async () => {
    const { input } = inputs()
    const gray = tf.fill([48, 1, 2, 3], 0.5) as tf.Tensor4D
    const counterfactual = { ...input.counterfactual, images: gray }
    const normal = { ...input.normal, images: gray }
    const fid = new FidMetric(pixels(d))
    const fidN = new FidNMetric(pixels(d))
    for (const metric of [fid, fidN])
      for (const each of [counterfactual, normal, { ...input.anomaly, images: gray }])
        await metric.update(each)
    const { value, interval } = await fid.compute()
    expect(value).toBe(0)
    expect(interval![1]).toBeLessThan(1e-20)
    expect(await fidN.compute()).toMatchObject({
      value: Number.NaN,
      skipped: expect.stringContaining("is 0"),
    })
  })

  test("of the plugin share an extractor, and say what is missing", async () => {
    const registry = createRegistry([metrics])
    const shared = new Map<string, unknown>()
    let asked = 0
    const weights = async () => {
      asked++
      return new Uint8Array(4)
    }
    const make = (type: string, options = {}) =>
      createMetric(registry, { type, options }, { inputShape: [28, 28, 1], shared, weights })
    await expect(make("fid")).rejects.toThrow()
    await expect(make("kid")).rejects.toThrow()
    expect(asked).toBe(1)
    const bare = await createMetric(registry, { type: "fid", options: {} }, { inputShape: [28, 28, 1] })
    expect((await bare.compute()).skipped).toMatch(/ifnormal weights fetch inception/)
    await make("recall", { extractor: "digits", k: 1 })
    await make("fid-n", { extractor: "digits" })
    expect(shared.size).toBe(2)
  })
})

describe("redrawn sets", () => {
  /** The images that were drawn, as often as they were. */
  const repeated = ({ data, dimensions }: FeatureMatrix, counts: Uint32Array): FeatureMatrix => {
    const rows = [...counts].flatMap((count, row) => new Array<number>(count).fill(row))
    const picked = rows.flatMap((row) => [...data.subarray(row * dimensions, (row + 1) * dimensions)])
    return { data: Float32Array.from(picked), length: rows.length, dimensions }
  }

  test.each([
    ["d x d", { n: 80, d: 5 }, { n: 60, d: 5 }],
    ["products, taller", { n: 30, d: 64 }, { n: 20, d: 64 }],
    ["products, wider", { n: 20, d: 64 }, { n: 30, d: 64 }],
  ])("have the distance of sets with repeated images, %s", async (_, a, b) => {
    const [x, y] = [goldenFeatures({ seed: 1, ...a }), goldenFeatures({ seed: 2, shift: 0.2, ...b })]
    const drawn = redrawnFrechet(x, y)
    const once = (n: number) => new Uint32Array(n).fill(1)
    expect(await drawn.distance(once(a.n), once(b.n))).toBeCloseTo(await frechetDistance(x, y), 9)
    const [countsX, countsY] = [once(a.n), once(b.n)]
    redraw(a.n)(random, countsX)
    redraw(b.n)(random, countsY)
    expect(await drawn.distance(countsX, countsY)).toBeCloseTo(
      await frechetDistance(repeated(x, countsX), repeated(y, countsY)),
      9,
    )
  })

  test("raise the Frechet distance, and the interval lies around the value all the same", async () => {
    const [x, y] = [goldenFeatures({ seed: 3, n: 50, d: 24 }), goldenFeatures({ seed: 4, n: 50, d: 24 })]
    const value = await frechetDistance(x, y)
    const drawn = redrawnFrechet(x, y)
    const [countsX, countsY] = [new Uint32Array(50), new Uint32Array(50)]
    const values: number[] = []
    const result = await recenteredInterval(
      value,
      drawn.work,
      async (stream) => {
        redraw(50)(stream, countsX)
        redraw(50)(stream, countsY)
        values.push(await drawn.distance(countsX, countsY))
        return values.at(-1)!
      },
      { draws: 100 },
    )
    expect(values.filter((drawnValue) => drawnValue > value).length).toBeGreaterThan(90)
    if ("missing" in result) throw new Error(result.missing)
    expect(result.interval[0]).toBeLessThan(value)
    expect(result.interval[1]).toBeGreaterThan(value)
    expect(result.draws).toBe(100)
  })

  test("are left out where 50 of them take long", async () => {
    const never = () => Promise.reject(new Error("not to be drawn"))
    expect(await recenteredInterval(1, 1e9, never)).toEqual({
      missing: "no interval: 50 redraws would take 25 s",
    })
  })

  test("are left out where one of them has no value", async () => {
    const half = async (random: { uniform(): number }) => (random.uniform() < 0.5 ? 0 / 0 : 1)
    const found = await recenteredInterval(1, 1, half, { draws: 50 })
    expect(found).toMatchObject({ missing: expect.stringMatching(/^no interval: undefined in \d+ of 50/) })
  })

  test("have KID's mean without bias", async () => {
    const [x, y] = [goldenFeatures({ seed: 5, n: 60, d: 8 }), goldenFeatures({ seed: 6, n: 60, d: 8 })]
    const { value } = await kid(x, y)
    const found = await kidInterval(x, redraw(60), y, redraw(60), { draws: 200, level: 0.01 })
    if ("missing" in found) throw new Error(found.missing)
    const wide = await kidInterval(x, redraw(60), y, redraw(60), { draws: 200 })
    if ("missing" in wide) throw new Error(wide.missing)
    const middle = (found.interval[0] + found.interval[1]) / 2
    expect(Math.abs(middle - value)).toBeLessThan((wide.interval[1] - wide.interval[0]) / 4)
    expect(wide.interval[0]).toBeLessThan(value)
    expect(wide.interval[1]).toBeGreaterThan(value)
  })
})

describe("the digits extractor", () => {
  /** Upright strokes, which noise is not: of noise nothing is left after ReLU. */
  const gray = Uint8Array.from({ length: 3 * 28 * 28 }, (_, i) =>
    Math.abs((i % 28) - 12 - Math.floor(i / 784)) < 2 && Math.abs((Math.floor(i / 28) % 28) - 14) < 9
      ? 200
      : 0,
  )
  const rgb = Uint8Array.from({ length: 3 * 28 * 28 * 3 }, (_, i) =>
    i % 3 === 1 ? gray[Math.floor(i / 3)]! : 0,
  )

  test("gives what the judge reads the digit off, whatever the color", async () => {
    const extractor = loadDigits()
    const found = await extractor.features({ shape: [28, 28, 1], bytes: gray, length: 3 })
    expect(found).toHaveLength(3 * 48)
    expect(found.some((value) => value > 0)).toBe(true)
    expect(await extractor.features({ shape: [28, 28, 3], bytes: rgb, length: 3 })).toEqual(found)
    const { sha256 } = loadJudge().manifest.weights
    expect(extractor.recipe).toContain(`custom:${sha256.slice(0, 12)} (digits judge, layer "hidden"`)
  })

  test("keeps no tensors and refuses other images", async () => {
    const extractor = loadDigits()
    const { numTensors } = tf.memory()
    await extractor.features({ shape: [28, 28, 1], bytes: gray, length: 3 })
    expect(tf.memory().numTensors).toBe(numTensors)
    await expect(
      extractor.features({ shape: [32, 32, 3], bytes: new Uint8Array(3072), length: 1 }),
    ).rejects.toMatchObject({ code: "metric-images" })
  })
})
