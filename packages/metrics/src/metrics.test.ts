import { CONTRACT, createMetric, createRegistry, type MetricInput } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { afterAll, beforeAll, expect, test } from "vitest"
import {
  ConceptAccuracy,
  CounterfactualAuroc,
  DetectorAuroc,
  IdentityError,
  MinimalityL1,
  MinimalityMse,
  metricRow,
  metrics,
  ScoreError,
  Validity,
} from "./index.js"

let normal: MetricInput
let anomaly: MetricInput
let counterfactual: Extract<MetricInput, { role: "counterfactual" }>
/** With everything that a metric may ask for. */
let complete: typeof counterfactual

beforeAll(async () => {
  await tf.setBackend("cpu")
  const images = tf.zeros<tf.Rank.R4>([4, 2, 2, 3])
  normal = {
    role: "normal",
    images,
    scores: Float64Array.of(-2, -1, 0, 1),
    phi: Float64Array.of(0.1, 0.2, 0.5, 0.7),
  }
  anomaly = {
    role: "anomaly",
    images,
    scores: Float64Array.of(2, 3, 4, 0),
    phi: Float64Array.of(0.8, 0.9, 0.95, 0.5),
  }
  counterfactual = {
    role: "counterfactual",
    images: tf.tensor4d(
      [0.1, 0.2, 0.3, 0.4].flatMap((v) => Array(12).fill(v)),
      [4, 2, 2, 3],
    ),
    originals: images,
    scores: Float64Array.of(-2, 3, -1, 5),
    phi: Float64Array.of(0.1, 0.4, 0.2, 0.9),
    alpha: Float64Array.of(0, 0, 0, 1),
    concept: Int32Array.of(0, 0, 1, 1),
    conceptLogits: tf.tensor2d([1, 0, 0, 1, 0, 1, 0, 1], [4, 2]),
  }
  const planes = tf.ones<tf.Rank.R3>([4, 2, 2])
  complete = {
    ...counterfactual,
    index: Int32Array.of(0, 1, 0, 1),
    originalPhi: Float64Array.of(0.8, 0.9, 0.95, 0.2),
    secondPhi: counterfactual.phi,
    seconds: Float64Array.of(1, 2, 3, 4),
    maps: planes,
    originalMaps: tf.tensor3d(
      [0, 1, 2, 3].flatMap(() => [0, 0, 0, 1]),
      [4, 2, 2],
    ),
    masks: planes,
    perturbed: [{ images: counterfactual.images, phi: counterfactual.phi }],
  }
})
afterAll(() => tf.disposeVariables())

test.each([
  ["detector AuROC", () => new DetectorAuroc(), "Detector AuROC", 14.5 / 16, 8],
  ["CE AuROC, pooled", () => new CounterfactualAuroc(), "AuROC normal vs. CE", 6 / 12, 7],
  [
    "CE AuROC of a concept",
    () => new CounterfactualAuroc({ alpha: 0, concept: 0 }),
    "AuROC normal vs. CE, concept 1",
    4.5 / 8,
    6,
  ],
  ["concept accuracy", () => new ConceptAccuracy(), "Concept accuracy", 3 / 4, 4],
  ["L1", () => new MinimalityL1(), "L1 anomaly to CE", 0.2, 3],
  ["MSE", () => new MinimalityMse(), "MSE anomaly to CE", 0.14 / 3, 3],
  ["validity", () => new Validity(), "Validity", 2 / 3, 3],
  ["validity, wider", () => new Validity({ alpha: 0 }, 0.5), "Validity", 1, 3],
  ["score error", () => new ScoreError(), "Score error", 0.8 / 4, 4],
  ["score error at 1", () => new ScoreError({ alpha: 1 }), "Score error, alpha 1", 0.1, 1],
  ["score error at 0", () => new ScoreError({ alpha: 0 }), "Score error, alpha 0", 0.7 / 3, 3],
  ["identity error", () => new IdentityError(), "Identity error", 0.25, 4],
] as const)("%s", async (_, create, name, value, n) => {
  const metric = create()
  for (const input of [normal, anomaly, counterfactual]) await metric.update(input)
  const result = await metric.compute()
  expect(metric.name).toBe(name)
  expect(result.value).toBeCloseTo(value, 6)
  expect(result.n).toBe(n)
  expect(result.interval![0]).toBeLessThanOrEqual(result.value + 1e-9)
  expect(result.interval![1]).toBeGreaterThanOrEqual(result.value - 1e-9)
  expect(result.recipe).toBeTruthy()
  metric.reset()
  expect((await metric.compute()).skipped).toMatch(/There are no/)
})

test("two updates give what one update with everything gives", async () => {
  const [whole, parts] = [new Validity(), new Validity()]
  await whole.update(counterfactual)
  await whole.update(counterfactual)
  const twice = (v: Float64Array) => Float64Array.from([...v, ...v])
  await parts.update({
    ...counterfactual,
    phi: twice(counterfactual.phi),
    alpha: twice(counterfactual.alpha),
    concept: Int32Array.from([...counterfactual.concept, ...counterfactual.concept]),
  })
  expect(await parts.compute()).toEqual(await whole.compute())
})

test("a generator without R is skipped with a reason, NaN is refused", async () => {
  const metric = new ConceptAccuracy()
  const { conceptLogits: _, ...without } = counterfactual
  await metric.update(without)
  expect(await metricRow(metric)).toMatchObject({
    n: 0,
    value: Number.NaN,
    skipped: "The generator has no concept classifier.",
  })
  const broken = { ...counterfactual, phi: Float64Array.of(Number.NaN, 0, 0, 0) }
  await expect(new ScoreError().update(broken)).rejects.toThrow(/"Score error" hold NaN at position 0 of 4/)
  await expect(new Validity().update(broken)).rejects.toMatchObject({ code: "metric-nan" })
})

test("the plugin makes every metric from its options", async () => {
  expect(metrics.contract).toBe(CONTRACT)
  const registry = createRegistry([metrics])
  for (const type of Object.keys(metrics.metrics)) {
    const made = await createMetric(registry, { type, options: {} }, { inputShape: [2, 2, 3] })
    await made.update(normal)
    await made.update(anomaly)
    await made.update(complete)
    // 2x2 pixels are too few for SSIM, LPIPS has no weights, 2 anomalies for a classifier of one's own, and the normal images have no
    // maps: the metrics say so.
    const { n, skipped } = await metricRow(made)
    expect(
      n > 0 ||
        /images of at least|no anomaly maps|fewer than the 4|at least 20 of each|no weights of (Inception|the alex trunk)/.test(
          skipped ?? "",
        ),
      `${type}: ${skipped}`,
    ).toBe(true)
  }
  await expect(async () =>
    createMetric(registry, { type: "validity", options: { tolerances: 1 } }, { inputShape: [2, 2, 3] }),
  ).rejects.toThrow(/tolerances/)
})

test("counterfactuals of one image are redrawn together, and averaged per image", async () => {
  const phi = Float64Array.of(0, 0.2, 0.4, 0.6, 0.8, 1)
  const { images, originals } = counterfactual
  const input = (index?: Int32Array): MetricInput => ({
    ...{
      role: "counterfactual",
      images,
      originals,
      scores: phi,
      phi: phi.map((v, i) => (i < 3 ? v : v - 0.6)),
    },
    alpha: new Float64Array(6),
    concept: Int32Array.of(0, 0, 0, 1, 1, 1),
    ...(index && { index }),
  })
  const [rows, clusters] = [new ScoreError(), new ScoreError()]
  await rows.update(input())
  await clusters.update(input(Int32Array.of(7, 8, 9, 9, 8, 7)))
  const [byRow, byImage] = [await rows.compute(), await clusters.compute()]
  expect(byImage.value).toBe(byRow.value)
  expect(byRow.counts).toEqual({ counterfactual: 6, original: 6 })
  expect(byImage).toMatchObject({
    n: 6,
    counts: { counterfactual: 6, original: 3 },
    seed: 1,
    draws: 1000,
    level: 0.95,
  })
  expect(rows.perImage()).toBeUndefined()
  const perImage = clusters.perImage()!
  expect([...perImage.index]).toEqual([7, 8, 9])
  expect(perImage.values[1]).toBeCloseTo(0.2, 12)
  clusters.reset()
  expect(clusters.perImage()).toBeUndefined()
})

test("a program's seed and draws reach every metric", async () => {
  const bootstrap = { seed: 9, draws: 20, level: 0.5 }
  const registry = createRegistry([metrics])
  for (const type of Object.keys(metrics.metrics)) {
    const made = await createMetric(registry, { type }, { inputShape: [2, 2, 3], bootstrap })
    for (const input of [normal, anomaly, counterfactual]) await made.update(input)
    const { interval, skipped, ...result } = await made.compute()
    if (!skipped && interval) expect(result).toMatchObject(bootstrap)
  }
})
