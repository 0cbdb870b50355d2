import { createMetric, createRegistry, type Metric, type MetricInput, stream } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, describe, expect, test } from "vitest"
import {
  ArPro,
  ChangedArea,
  ChangeInsideMask,
  Distinctness,
  ExplanationSeconds,
  type FeatureExtractor,
  FlipRate,
  IndistinctConcepts,
  Influence,
  MinimalityL1,
  metrics,
  NearestNormal,
  perturb,
  SecondValidity,
  Stability,
  shareInterval,
  Validity,
  Ynn,
} from "../index.js"
import { pearson, ranks, spearman } from "./correlation.js"
import { ImageRows } from "./image-rows.js"
import { ImageSample } from "./image-sample.js"
import { nearest } from "./nearest.js"
import { quantile } from "./quantile.js"
import { shrink } from "./shrink.js"
import { jensenShannon } from "./stability.js"

beforeAll(() => tf.setBackend("cpu"))

type Counterfactual = Extract<MetricInput, { role: "counterfactual" }>

const random = stream(1, "properties.test")
const uniform = (length: number) => Float32Array.from({ length }, () => random.uniform())
const images = (n: number, side = 8) => tf.tensor4d(uniform(n * side * side * 3), [n, side, side, 3])
const planes = (n: number, side = 8) => tf.tensor3d(uniform(n * side * side), [n, side, side])

/** n images, each with K counterfactuals, concept by concept. */
function input(n: number, K = 2, changes: Partial<Counterfactual> = {}): Counterfactual {
  const rows = n * K
  const originals = images(n)
  return {
    role: "counterfactual",
    images: images(rows),
    originals: tf.tile(originals, [K, 1, 1, 1]),
    scores: Float64Array.from(uniform(rows)),
    phi: Float64Array.from(uniform(rows)),
    alpha: new Float64Array(rows),
    concept: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / n)),
    index: Int32Array.from({ length: rows }, (_, row) => row % n),
    ...changes,
  }
}
async function result(metric: Metric, ...inputs: MetricInput[]) {
  for (const one of inputs) await metric.update(one)
  return metric.compute()
}
/** Some rows of a batch, in any order. */
function take(from: Counterfactual, rows: number[]): Counterfactual {
  const floats = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!)
  const whole = (values: Int32Array) => Int32Array.from(rows, (row) => values[row]!)
  return {
    role: "counterfactual",
    images: tf.gather(from.images, rows),
    originals: tf.gather(from.originals, rows),
    scores: floats(from.scores),
    phi: floats(from.phi),
    alpha: floats(from.alpha),
    concept: whole(from.concept),
    index: whole(from.index!),
  }
}

describe("what is missing is said", () => {
  test.each<[string, () => Metric, RegExp]>([
    ["originalPhi", () => new FlipRate(), /scores of the originals/],
    ["secondPhi", () => new SecondValidity(), /no second detector/],
    ["seconds", () => new ExplanationSeconds(), /No times/],
    ["perturbed", () => new Stability(), /slightly changed originals/],
    ["masks", () => new ChangeInsideMask(), /no masks/],
    ["maps", () => new ArPro(1), /no anomaly maps/],
    ["several targets", () => new Influence(), /same target, 0/],
    ["normal images", () => new NearestNormal(), /no normal images/],
    ["anomalies", () => new Ynn(), /no normal images/],
  ])("%s", async (_, create, reason) => {
    const found = await result(create(), input(4))
    expect(found).toMatchObject({ value: Number.NaN, n: 0 })
    expect(found.skipped).toMatch(reason)
    expect((await create().compute()).skipped).toMatch(/There are no/)
  })

  test("index, of what compares concepts", async () => {
    const { index: _, ...without } = input(4)
    for (const metric of [new Distinctness(), new IndistinctConcepts()])
      expect((await result(metric, without)).skipped).toMatch(/\(index\)/)
    expect((await result(new Distinctness(), input(4, 1))).skipped).toMatch(/two concepts/)
  })

  test("originals that are normal already, constant scores, unchanged images, too few neighbors", async () => {
    const calm = input(4, 2, { originalPhi: new Float64Array(8).fill(0.2) })
    expect((await result(new FlipRate(), calm)).skipped).toMatch(/other side of the threshold/)
    const flat = input(4, 2, { phi: new Float64Array(8).fill(0.5), alpha: Float64Array.from(uniform(8)) })
    expect((await result(new Influence(), flat)).skipped).toMatch(/same score, 0.5/)
    const same = input(4, 1, { masks: planes(4) })
    expect((await result(new ChangeInsideMask(), { ...same, images: same.originals })).skipped).toMatch(
      /changes an image/,
    )
    const scored = (role: "normal" | "anomaly"): MetricInput => ({
      role,
      images: images(2),
      scores: new Float64Array(2),
    })
    const four = [scored("normal"), scored("anomaly"), input(4)]
    expect((await result(new Ynn(), ...four)).skipped).toMatch(/4 test images, fewer than k = 5/)
    expect((await result(new Ynn({ alpha: 0 }, { k: 3 }), ...four)).skipped).toMatch(/bounded scores/)
    expect((await result(new Ynn({ alpha: 0 }, { k: 3, labels: "given" }), ...four)).n).toBe(8)
  })
})

describe("what is wrong is an error", () => {
  test.each<[string, () => Metric, Partial<Counterfactual>, string]>([
    ["NaN among phi", () => new Influence(), { phi: new Float64Array(8).fill(Number.NaN) }, "metric-nan"],
    [
      "NaN among pixels",
      () => new Distinctness(),
      { images: tf.fill([8, 8, 8, 3], Number.NaN) },
      "metric-nan",
    ],
    [
      "NaN among pixels",
      () => new NearestNormal(),
      { images: tf.fill([8, 8, 8, 3], Number.NaN) },
      "metric-nan",
    ],
    [
      "NaN among pixels",
      () => new ChangedArea(),
      { originals: tf.fill([8, 8, 8, 3], Number.NaN) },
      "metric-nan",
    ],
    [
      "NaN among maps",
      () => new ArPro(3),
      { maps: tf.zeros([8, 8, 8]), originalMaps: tf.fill([8, 8, 8], Number.NaN) },
      "metric-nan",
    ],
    ["small originals", () => new Distinctness(), { originals: tf.zeros([8, 7, 8, 3]) }, "shape-images"],
    ["small originals", () => new MinimalityL1(), { originals: tf.zeros([8, 7, 8, 3]) }, "shape-images"],
    ["fewer originals", () => new MinimalityL1(), { originals: tf.zeros([1, 8, 8, 3]) }, "shape-images"],
    ["small masks", () => new ChangeInsideMask(), { masks: tf.zeros([8, 4, 4]) }, "shape-maps"],
    [
      "small copies",
      () => new Stability(),
      { perturbed: [{ images: tf.zeros([8, 4, 4, 3]), phi: new Float64Array(8) }] },
      "shape-images",
    ],
  ])("%s", async (_, create, changes, code) => {
    await expect(create().update(input(4, 2, changes))).rejects.toMatchObject({ code })
  })
})

describe("concepts of one image", () => {
  test("are compared whatever the order and the batches", async () => {
    const all = input(6, 3)
    const shuffledRows = [7, 2, 17, 0, 11, 5, 14, 9, 3, 16, 1, 12, 6, 10, 4, 15, 8, 13]
    const whole = await result(new Distinctness(), all)
    const parts = [shuffledRows.slice(0, 5), shuffledRows.slice(5)].map((rows) => take(all, rows))
    const pieces = await result(new Distinctness(), ...parts)
    expect(pieces.value).toBeCloseTo(whole.value, 12)
    expect(whole).toMatchObject({ n: 6, counts: { original: 6, pair: 18, seen: 6 } })
  })

  test("that look the same are counted, however R tells them apart", async () => {
    const one = images(4)
    const trace = tf.add(one, 0.02) as tf.Tensor4D
    const spot = tf.tidy(() => {
      const marked = one.arraySync()
      for (const image of marked.slice(0, 1)) for (const pixel of image.slice(0, 2)) pixel.fill([0, 0, 0])
      return tf.tensor4d(marked)
    })
    const hidden = input(4, 2, { images: tf.concat([one, trace]) })
    const seen = input(4, 2, { images: tf.concat([one, spot]) })
    expect((await result(new IndistinctConcepts(), hidden)).value).toBe(1)
    expect((await result(new IndistinctConcepts(), seen)).value).toBe(0.75)
    const near = await result(new Distinctness({ alpha: 0 }, { relative: true }), hidden)
    const far = await result(new Distinctness({ alpha: 0 }, { relative: true }), input(4))
    expect(near.value).toBeLessThan(0.1)
    expect(far.value).toBeGreaterThan(0.5)
  })

  test("are compared in features, whose recipe the number carries", async () => {
    const extractor: FeatureExtractor = {
      recipe: "custom:mean",
      id: "custom:mean",
      dimensions: 1,
      features: async ({ bytes, length }) => {
        const size = bytes.length / length
        return Float32Array.from({ length }, (_, i) => bytes[i * size]!)
      },
      dispose() {},
    }
    const first = (value: number) => tf.fill([1, 8, 8, 3], value) as tf.Tensor4D
    const pair = input(1, 2, { images: tf.concat([first(0), first(0.2)]) })
    const found = await result(new Distinctness({ alpha: 0 }, { extractor }), pair)
    expect(found.value).toBe(51)
    expect(found.recipe).toContain("features custom:mean")
    const distance = await result(
      new NearestNormal({ alpha: 0 }, { extractor }),
      { role: "normal", images: first(0.1), scores: new Float64Array(1) },
      pair,
    )
    expect(distance.value).toBe((26 + 25) / 2)
  })
})

test.each(["distinctness", "nearest-normal", "ynn"])(
  "%s compares features where the config says so, and says what is missing",
  async (type) => {
    const registry = createRegistry([metrics])
    const make = (features: string) =>
      createMetric(registry, { type, options: { features } }, { inputShape: [28, 28, 3] })
    // A bright bar at another place in each image; noise is all the same to a judge of digits.
    const bars = (n: number, first: number) => {
      const pixels = new Float32Array(n * 28 * 28 * 3)
      for (let i = 0; i < n; i++)
        for (let y = 4; y < 24; y++) {
          const from = (i * 28 + y) * 28 * 3
          pixels.fill(1, from + 3 * (first + i), from + 3 * (first + i + 4))
        }
      return tf.tensor4d(pixels, [n, 28, 28, 3])
    }
    const pair = input(4, 2, { images: bars(8, 10), originals: bars(8, 5) })
    const tested = (role: "normal" | "anomaly"): MetricInput => ({
      role,
      images: bars(4, role === "normal" ? 2 : 20),
      scores: new Float64Array(4),
      phi: new Float64Array(4),
    })
    const all = [tested("normal"), tested("anomaly"), pair]
    expect((await result(await make("inception"), ...all)).skipped).toMatch(/no weights of Inception/)
    const found = await result(await make("digits"), ...all)
    expect(found.value).toBeGreaterThan(0)
    expect(found.recipe).toMatch(/features custom:.*digits judge/)
  },
)

test("a sample of images depends on their indexes alone and is uniform", () => {
  const drawn = (order: number[]) => {
    const sample = new ImageSample<number>(20, 3)
    for (const index of order) sample.offer(index, () => index)
    expect(sample.seen).toBe(100)
    return sample.entries().map(([index, value]) => {
      expect(value).toBe(index)
      return index
    })
  }
  const up = Array.from({ length: 100 }, (_, i) => i)
  expect(drawn(up)).toHaveLength(20)
  expect(drawn([...up].reverse())).toEqual(drawn(up))
  expect(drawn([...up, ...up])).toEqual(drawn(up))
  const share = drawn(up).filter((index) => index < 50).length
  expect(share).toBeGreaterThan(4)
  expect(share).toBeLessThan(16)
})

test("rows of one image are drawn together, so copies of a row add nothing to the certainty", () => {
  const [once, often] = [new ImageRows(), new ImageRows()]
  const values = Array.from(uniform(30))
  for (const [image, value] of values.entries()) {
    once.add(image, [value])
    for (let copy = 0; copy < 5; copy++) often.add(image, [value])
  }
  const mean = ([column]: readonly Float64Array[]) => column!.reduce((a, b) => a + b, 0) / column!.length
  const [narrow, wide] = [often.result(mean), once.result(mean)]
  expect(narrow.interval[0]).toBeCloseTo(wide.interval[0], 12)
  expect(narrow.interval[1]).toBeCloseTo(wide.interval[1], 12)
  expect([often.length, often.images]).toEqual([150, 30])
})

test("nearest finds what a full search finds, the earlier of equal ones first", () => {
  const references = Array.from({ length: 60 }, () => uniform(200))
  references.push(references[3]!.slice())
  for (let i = 0; i < 20; i++) {
    const query = i === 0 ? references[3]! : uniform(200)
    const all = references
      .map((reference, row) => ({ row, square: reference.reduce((s, v, j) => s + (v - query[j]!) ** 2, 0) }))
      .sort((a, b) => a.square - b.square || a.row - b.row)
    expect(nearest(query, references, 4).map(({ row }) => row)).toEqual(all.slice(0, 4).map(({ row }) => row))
  }
})

test("correlations: equal lists 1, opposite -1, unmoved by increasing maps of ranks", () => {
  const [a, b] = [uniform(50), uniform(50)]
  expect(
    pearson(
      a,
      a.map((v) => 3 * v + 1),
    ),
  ).toBeCloseTo(1, 6)
  expect(
    pearson(
      a,
      a.map((v) => -v),
    ),
  ).toBeCloseTo(-1, 6)
  expect(spearman(a.map(Math.exp), b)).toBeCloseTo(spearman(a, b), 12)
  expect([...ranks([2, 1, 2, 3])]).toEqual([2.5, 1, 2.5, 4])
})

test("Jensen-Shannon distance is symmetric, 0 for equal scores and sqrt(log 2) for opposite ones", () => {
  expect(jensenShannon(0.3, 0.8)).toBeCloseTo(jensenShannon(0.8, 0.3), 15)
  expect(jensenShannon(0.3, 0.3)).toBe(0)
  expect(jensenShannon(0, 1)).toBeCloseTo(Math.sqrt(Math.LN2), 15)
})

test("quantiles of one value, and of two", () => {
  expect(quantile([5], 0.95)).toBe(5)
  expect(quantile([3, 1], 0.25)).toBe(1.5)
})

test("large images shrink to block means, small ones stay", async () => {
  const x = tf.tensor4d([0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 3, 3, 1])
  expect([...(await shrink(x, 3).data())]).toEqual([...(await x.data())])
  expect([...(await shrink(x, 2).data())]).toEqual([2, 3.5, 6.5, 8])
})

test("perturb draws small noise from its seed, batch and copy", async () => {
  const x = tf.fill([2, 8, 8, 3], 0.5) as tf.Tensor4D
  const noise = async (seed: number, copy: number, batch: number) =>
    (await tf.sub(perturb(x, seed, copy, batch), x).data()) as Float32Array
  const one = await noise(1, 0, 0)
  expect([...(await noise(1, 0, 0))]).toEqual([...one])
  for (const other of [await noise(2, 0, 0), await noise(1, 1, 0), await noise(1, 0, 1)])
    expect([...other]).not.toEqual([...one])
  const deviation = Math.sqrt(one.reduce((sum, v) => sum + v * v, 0) / one.length)
  expect(deviation).toBeGreaterThan(0.0045)
  expect(deviation).toBeLessThan(0.0055)
  const bright = perturb(tf.onesLike(x), 1, 0, 0)
  expect(Math.max(...(await bright.data()))).toBe(1)
})

test("shares of which all or none hit have Wilson's interval over images; other means of 1 keep the bootstrap", async () => {
  const valid = input(10, 2, { phi: new Float64Array(20) })
  const all = await result(new Validity(), valid)
  expect(all).toMatchObject({ value: 1, n: 20, interval: shareInterval(10, 10) })
  expect(all.recipe).toMatch(/Wilson/)
  expect(all.draws).toBeUndefined()
  const some = await result(new Validity(), input(10, 2, { phi: Float64Array.from(valid.phi).fill(1, 0, 5) }))
  expect(some.recipe).not.toMatch(/Wilson/)
  expect(some.draws).toBe(1000)
  const whole = input(4, 1, { images: tf.ones([4, 8, 8, 3]), originals: tf.zeros([4, 8, 8, 3]) })
  expect(await result(new MinimalityL1(), whole)).toMatchObject({ value: 1, interval: [1, 1], draws: 1000 })
  const same = input(6, 2)
  const copies = { ...same, images: tf.tile(tf.slice(same.images, 0, 6), [2, 1, 1, 1]) as tf.Tensor4D }
  expect(await result(new IndistinctConcepts(), copies)).toMatchObject({
    value: 1,
    interval: shareInterval(6, 6),
  })
})
