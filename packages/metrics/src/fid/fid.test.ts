import { readFileSync } from "node:fs"
import { stream } from "@ifnormal/core"
import { describe, expect, test } from "vitest"
import type { FeatureMatrix } from "./feature-matrix.js"
import { frechetDistance } from "./frechet.js"
import { GaussianAccumulator } from "./gaussian.js"
import { type GoldenFeatures, goldenFeatures } from "./golden-features.js"
import { kid } from "./kid.js"
import { coverage, density, precision, recall } from "./neighbors.js"
import { NumpyRandom } from "./numpy-random.js"

interface Golden {
  cases: {
    name: string
    a: GoldenFeatures
    b: GoldenFeatures
    fid: Record<string, number>
    kid: { subsets: number; subsetSize: number; value: number; std: number }[]
    neighbors?: { precision: number; recall: number; density: number; coverage: number }
  }[]
  covariance: { features: GoldenFeatures; plus: number; mean: number[]; covariance: number[] }
  choices: { n: number; size: number; drawn: number[] }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL("./__golden__/fid.json", import.meta.url), "utf8"))

/** |found - expected| relative to expected, or to `floor` where that is larger. */
const error = (found: number, expected: number, floor = 0) =>
  Math.abs(found - expected) / Math.max(Math.abs(expected), floor)

const statistics = (set: FeatureMatrix) => {
  const accumulator = new GaussianAccumulator(set.dimensions)
  accumulator.add(set)
  return accumulator.result()
}
const part = ({ data, dimensions }: FeatureMatrix, from: number, to: number): FeatureMatrix => ({
  data: data.slice(from * dimensions, to * dimensions),
  length: to - from,
  dimensions,
})

describe.each(golden.cases)("from the same features, $name", ({ a, b, fid, kid: kids }) => {
  const [x, y] = [goldenFeatures(a), goldenFeatures(b)]

  // Their rounding of an exact 0 is 1e-7 for singular covariances of trace 10.
  test.each(Object.entries(fid))("FID of %s to 1e-6", async (_, expected) => {
    expect(error(await frechetDistance(x, y), expected, 0.2)).toBeLessThan(1e-6)
  })

  test("FID of the definition, by NumPy's singular values, to 1e-7", async () => {
    expect(error(await frechetDistance(x, y), fid.definition!, 1e-3)).toBeLessThan(1e-7)
  })

  test("FID from mean and covariance to 1e-6", async () => {
    const value = await frechetDistance(statistics(x), statistics(y))
    expect(error(value, fid.definition!, 0.2)).toBeLessThan(1e-6)
  })

  test.each(kids)("KID of torch-fidelity, $subsets subsets of $subsetSize, to 1e-9", async (expected) => {
    const found = await kid(x, y, { subsets: expected.subsets, subsetSize: expected.subsetSize })
    expect(error(found.value, expected.value, 1e-3)).toBeLessThan(1e-9)
    expect(error(found.std, expected.std, 1e-3)).toBeLessThan(1e-9)
  })
})

test.each(
  golden.cases.flatMap(({ name, a, b, neighbors }) => (neighbors ? [{ name, a, b, neighbors }] : [])),
)(
  "precision and recall of torch-fidelity, density and coverage of prdc, $name",
  async ({ a, b, neighbors }) => {
    const [x, y] = [goldenFeatures(a), goldenFeatures(b)]
    const found = { precision, recall, density, coverage }
    for (const [name, measure] of Object.entries(found))
      expect(error((await measure(x, y)).value, neighbors[name as keyof typeof found])).toBeLessThan(1e-6)
  },
)

test("mean and covariance of a stream agree with numpy.cov to 1e-10, in batches of any size", () => {
  const { features, plus, mean, covariance } = golden.covariance
  const set = goldenFeatures(features)
  set.data.forEach((value, i) => {
    set.data[i] = value + plus
  })
  for (const size of [1, 37, 256, 1000]) {
    const accumulator = new GaussianAccumulator(set.dimensions)
    for (let i = 0; i < set.length; i += size) accumulator.add(part(set, i, Math.min(set.length, i + size)))
    const found = accumulator.result()
    expect(found.length).toBe(1000)
    mean.forEach((expected, i) => {
      expect(error(found.mean[i]!, expected)).toBeLessThan(1e-12)
    })
    const scale = Math.max(...covariance)
    covariance.forEach((expected, i) => {
      expect(Math.abs(found.covariance.data[i]! - expected)).toBeLessThan(1e-10 * scale)
    })
  }
})

test("draws without replacement are NumPy's", () => {
  const random = new NumpyRandom(2020)
  for (const { n, size, drawn } of golden.choices) expect([...random.choice(n, size)]).toEqual(drawn)
})

describe("the Frechet distance", () => {
  const spec = (seed: number, n: number, d = 24): GoldenFeatures => ({ seed, n, d, shift: seed / 50 })
  const pairs: [string, GoldenFeatures, GoldenFeatures][] = [
    ["n > d", spec(1, 90), spec(2, 70)],
    ["n < d", spec(3, 20), spec(4, 15)],
    ["one of each", spec(5, 20), spec(6, 70)],
    ["singular covariances", { ...spec(7, 90), rank: 5 }, { ...spec(8, 70), rank: 9 }],
  ]

  test.each(pairs)("of a set to itself is 0, %s", async (_, a) => {
    const x = goldenFeatures(a)
    expect(await frechetDistance(x, x)).toBe(0)
    expect(await frechetDistance(statistics(x), statistics(x))).toBeLessThan(1e-6)
  })

  test.each(pairs)("is symmetric and does not change under a rotation, %s", async (_, a, b) => {
    const [x, y] = [goldenFeatures(a), goldenFeatures(b)]
    const value = await frechetDistance(x, y)
    expect(error(await frechetDistance(y, x), value)).toBeLessThan(1e-10)
    const turn = rotation(24)
    // Rotated features are rounded to float32 again.
    expect(error(await frechetDistance(turn(x), turn(y)), value)).toBeLessThan(1e-5)
  })

  test.each(pairs)("is the same from features and from d x d covariances, %s", async (_, a, b) => {
    const [x, y] = [goldenFeatures(a), goldenFeatures(b)]
    const value = await frechetDistance(x, y)
    expect(error(await frechetDistance(statistics(x), statistics(y)), value)).toBeLessThan(1e-7)
    expect(error(await frechetDistance(x, statistics(y)), value)).toBeLessThan(1e-7)
  })

  test("of Gaussians in one dimension is the formula", async () => {
    const gaussian = (mean: number, variance: number) => ({
      dimensions: 1,
      mean: Float64Array.of(mean),
      covariance: { rows: 1, columns: 1, data: Float64Array.of(variance) },
    })
    expect(await frechetDistance(gaussian(1, 4), gaussian(3, 9))).toBeCloseTo(4 + 1, 12)
  })

  test("can be watched and stopped", async () => {
    const [x, y] = [goldenFeatures(spec(1, 700, 500)), goldenFeatures(spec(2, 700, 500))]
    const shares: number[] = []
    const controller = new AbortController()
    const stopped = frechetDistance(x, y, {
      signal: controller.signal,
      onProgress: (share) => {
        shares.push(share)
        controller.abort(new Error("enough"))
      },
    })
    await expect(stopped).rejects.toThrow("enough")
    expect(shares[0]).toBeGreaterThan(0)
    expect(shares[0]).toBeLessThanOrEqual(1)
  })
})

describe("bad input", () => {
  const set = (length: number, dimensions = 4): FeatureMatrix => ({
    data: Float32Array.from({ length: length * dimensions }, (_, i) => (i * 7) % 5),
    length,
    dimensions,
  })
  const broken = (value: number) => {
    const features = set(9)
    features.data[6] = value
    return features
  }
  const all = { frechetDistance, kid, precision, recall, density, coverage }

  test.each(Object.entries(all))("%s refuses it with a typed error", async (_, measure) => {
    const run = (a: FeatureMatrix, b: FeatureMatrix): Promise<unknown> => measure(a, b)
    await expect(run(set(0), set(9))).rejects.toMatchObject({ code: "metric-empty" })
    await expect(run(set(9), set(0))).rejects.toMatchObject({ code: "metric-empty" })
    await expect(run(broken(Number.NaN), set(9))).rejects.toMatchObject({ code: "metric-nan" })
    await expect(run(set(9), broken(Number.POSITIVE_INFINITY))).rejects.toMatchObject({ code: "metric-nan" })
    await expect(run(set(9), set(9, 5))).rejects.toMatchObject({ code: "metric-dimensions" })
    await expect(run({ ...set(9), length: 8 }, set(9))).rejects.toMatchObject({ code: "metric-length" })
  })

  test("one image has no covariance and no unbiased estimate", async () => {
    for (const measure of [frechetDistance, kid]) {
      await expect(measure(set(1), set(9))).rejects.toMatchObject({ code: "metric-few" })
      await expect(measure(set(9), set(1))).rejects.toMatchObject({ code: "metric-few" })
    }
    const accumulator = new GaussianAccumulator(4)
    expect(() => accumulator.result()).toThrow(/Found 0 images/)
    accumulator.add(set(1))
    expect(() => accumulator.result()).toThrow(/Found 1 images/)
  })

  test("there are no more neighbors than other images", async () => {
    await expect(precision(set(9), set(9), { k: 9 })).rejects.toMatchObject({ code: "metric-neighbors" })
    await expect(coverage(set(9), set(5))).rejects.toThrow(/Neighbor 5 of 5 images.*1 to 4/)
    expect((await precision(set(9), set(9), { k: 8 })).value).toBe(1)
  })
})

test("a set lies on its own manifold, and constant images on theirs", async () => {
  const x = goldenFeatures({ seed: 40, n: 67, d: 9 })
  const constant = goldenFeatures({ seed: 41, n: 7, d: 9, constant: true })
  for (const set of [x, constant]) {
    expect((await precision(set, set)).value).toBe(1)
    expect((await recall(set, set)).value).toBe(1)
  }
  expect((await coverage(x, x)).value).toBe(1)
  expect((await precision(constant, x)).each).toEqual(
    new Float64Array(7).fill((await precision(constant, x)).value),
  )
})

/** A random rotation of d dimensions: Gram and Schmidt's of random vectors. */
function rotation(d: number): (set: FeatureMatrix) => FeatureMatrix {
  const random = stream(1, "rotation")
  const axes: number[][] = []
  while (axes.length < d) {
    let axis = Array.from({ length: d }, () => random.normal())
    for (const other of [...axes, ...axes]) {
      const share = axis.reduce((sum, v, i) => sum + v * other[i]!, 0)
      axis = axis.map((v, i) => v - share * other[i]!)
    }
    const length = Math.hypot(...axis)
    axes.push(axis.map((v) => v / length))
  }
  return ({ data, length, dimensions }) => ({
    data: Float32Array.from({ length: data.length }, (_, at) => {
      const row = data.subarray(Math.floor(at / d) * d, (Math.floor(at / d) + 1) * d)
      return axes[at % d]!.reduce((sum, v, i) => sum + v * row[i]!, 0)
    }),
    length,
    dimensions,
  })
}
