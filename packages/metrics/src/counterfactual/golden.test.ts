import { readFileSync } from "node:fs"
import { createMetric, createRegistry, type MetricInput } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { afterAll, beforeAll, expect, test } from "vitest"
import { metrics } from "../index.js"

type Inputs = Record<string, number[]> & { perturbed: number[][]; perturbedPhi: number[][] }
interface Golden {
  shape: [number, number, number]
  inputs: Inputs
  values: Record<string, number | number[]>
}
const path = new URL("./__golden__/counterfactual.json", import.meta.url)
const { shape, inputs, values }: Golden = JSON.parse(readFileSync(path, "utf8"))
const [N, K] = [10, 2]
const size = shape[0] * shape[1] * shape[2]

const images = (bytes: readonly number[]) =>
  tf.tensor4d(
    bytes.map((byte) => byte / 255),
    [bytes.length / size, ...shape],
  )
const planes = (numbers: readonly number[]) =>
  tf.tensor3d([...numbers], [numbers.length / (shape[0] * shape[1]), shape[0], shape[1]])
/** The images of both concepts beside the same originals. */
const twice = <T>(list: readonly T[]) => [...list, ...list]
const floats = (list: readonly number[]) => Float64Array.from(list)

let fed: MetricInput[]
let sweep: MetricInput

beforeAll(async () => {
  await tf.setBackend("cpu")
  const originals = images(inputs.originals!)
  const zeros = (length: number) => new Float64Array(length)
  fed = [
    {
      role: "normal",
      images: images(inputs.normal!),
      scores: zeros(9),
      phi: floats(inputs.normalPhi!),
    },
    { role: "anomaly", images: originals, scores: zeros(N), phi: floats(inputs.originalPhi!) },
    {
      role: "counterfactual",
      images: images(inputs.counterfactuals!),
      originals: images(twice(inputs.originals!)),
      scores: floats(inputs.scores!),
      phi: floats(inputs.phi!),
      alpha: zeros(K * N),
      concept: Int32Array.from({ length: K * N }, (_, row) => Math.floor(row / N)),
      index: Int32Array.from({ length: K * N }, (_, row) => row % N),
      originalPhi: floats(twice(inputs.originalPhi!)),
      seconds: floats(inputs.seconds!),
      maps: planes(inputs.maps!),
      originalMaps: planes(twice(inputs.originalMaps!)),
      masks: planes(twice(inputs.masks!)),
      perturbed: inputs.perturbed.map((copy, i) => ({
        images: images(copy),
        phi: floats(inputs.perturbedPhi[i]!),
      })),
    },
  ]
  const count = inputs.sweepAlpha!.length
  const blank = tf.zeros<tf.Rank.R4>([count, ...shape])
  sweep = {
    role: "counterfactual",
    images: blank,
    originals: blank,
    scores: zeros(count),
    phi: floats(inputs.sweepPhi!),
    alpha: floats(inputs.sweepAlpha!),
    concept: new Int32Array(count),
    index: Int32Array.from({ length: count }, (_, row) => row % N),
  }
})
afterAll(() => tf.disposeVariables())

const arPro = (region: string) =>
  [1, 2, 3, 4].map((property) => [`ar-pro ${region}`, "ar-pro", { property, region }, property - 1] as const)

const cases: readonly (readonly [name: string, type: string, options: object, part?: number])[] = [
  ["l1", "l1", {}],
  ["l2", "l2", {}],
  ["mse", "mse", {}],
  ["changed-area", "changed-area", {}],
  ["changed-area 0.3", "changed-area", { threshold: 0.3 }],
  ["change-inside-mask", "change-inside-mask", {}],
  ["flip-rate", "flip-rate", {}],
  ["distinctness l1", "distinctness", { distance: "l1" }],
  ["distinctness l2", "distinctness", {}],
  ["distinctness l2 relative", "distinctness", { relative: true }],
  ["indistinct-concepts", "indistinct-concepts", {}],
  ["influence pearson", "influence", {}],
  ["influence spearman", "influence", { measure: "spearman" }],
  ["influence mse", "influence", { measure: "mse" }],
  ["influence kl", "influence", { measure: "kl" }],
  ["stability mse", "stability", { measure: "mse" }],
  ["stability mae", "stability", {}],
  ["stability jsd", "stability", { measure: "jsd" }],
  ["seconds 0.5", "explanation-seconds", {}],
  ["seconds 0.95", "explanation-seconds", { quantile: 0.95 }],
  ...arPro("map"),
  ...arPro("mask"),
  ["nearest-normal", "nearest-normal", {}],
  ["ynn detector", "ynn", {}],
  ["ynn given", "ynn", { labels: "given" }],
]

test.each(cases.map(([name, type, options, part]) => ({ name, type, options, part })))(
  "$name $options.property agrees with numpy, scipy and scikit-learn",
  async ({ name, type, options, part }) => {
    const registry = createRegistry([metrics])
    const metric = await createMetric(registry, { type, options }, { inputShape: shape })
    for (const input of type === "influence" ? [sweep] : fed) await metric.update(input)
    const result = await metric.compute()
    const expected = part === undefined ? (values[name] as number) : (values[name] as number[])[part]!
    // Pixels are float32; what sees scores only is float64.
    const digits = type === "influence" || type === "explanation-seconds" || type === "flip-rate" ? 12 : 6
    expect(result.skipped).toBeUndefined()
    expect(result.value).toBeCloseTo(expected, digits)
    expect(result.interval![0]).toBeLessThanOrEqual(result.value)
    expect(result.interval![1]).toBeGreaterThanOrEqual(result.value)
    expect(result).toMatchObject({ seed: 1, draws: 1000, level: 0.95 })
  },
)
