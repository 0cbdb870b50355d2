// How far redrawn images move the Frechet distance, and how often the recentered interval holds the mean distance of sets
// of that size. After `npm run build`: node packages/metrics/scripts/fid-bootstrap.mjs --images 200 --dimensions 48
import { parseArgs } from "node:util"
import { stream } from "@ifnormal/core"
import { FidMetric } from "@ifnormal/metrics"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "200" },
    dimensions: { type: "string", default: "48" },
    samples: { type: "string", default: "100" },
    draws: { type: "string", default: "200" },
  },
})
const [n, d, samples, draws] = [values.images, values.dimensions, values.samples, values.draws].map(Number)
await tf.setBackend("cpu")
const random = stream(1, "fid-bootstrap")

/** Normal features whose spread falls with the dimension. */
const sample = (shift) =>
  Float32Array.from({ length: n * d }, (_, i) => random.normal() / (1 + (i % d) / 8) + shift)
/** Its "images" are row numbers of the sample that is measured. */
let current
const extractor = {
  recipe: "sample",
  id: "sample",
  dimensions: d,
  features: async () => current.shift(),
  dispose() {},
}
const rows = () => tf.zeros([n, 1, 1, 1])
const zeros = new Float64Array(n)

const found = []
for (let s = 0; s < samples; s++) {
  current = [sample(0.1), sample(0)]
  const metric = new FidMetric(extractor, undefined, { draws })
  const shared = { images: rows(), scores: zeros, phi: zeros }
  await metric.update({
    ...shared,
    role: "counterfactual",
    originals: shared.images,
    alpha: zeros,
    concept: new Int32Array(n),
  })
  await metric.update({ ...shared, role: "normal", images: rows() })
  found.push(await metric.compute())
}
const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length
const center = mean(found.map(({ value }) => value))
const spread = Math.sqrt(mean(found.map(({ value }) => (value - center) ** 2)))
const inside = found.filter(({ interval: [low, high] }) => low <= center && center <= high).length
console.log(
  JSON.stringify({
    images: n,
    dimensions: d,
    samples,
    draws: found[0].draws,
    meanDistance: center,
    standardDeviation: spread,
    bias: mean(found.map(({ recipe }) => Number(/by ([0-9.e+-]+)/.exec(recipe)[1]))),
    meanHalfWidth: mean(found.map(({ interval: [low, high] }) => (high - low) / 2)),
    holdMean: inside / samples,
  }),
)
