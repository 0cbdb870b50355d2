// Seconds of post-hoc concept accuracy: 1000 images of 28 x 28 x 3 with two concepts, trained and tested on the ort engine.
//   node packages/metrics/scripts/time-post-hoc.mjs --rounds 3
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { stream } from "@ifnormal/core"
import "@ifnormal/backend-ort"
import * as tf from "@tensorflow/tfjs-core"
import { PostHocConceptAccuracy } from "../dist/index.js"

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } })
await tf.setBackend("ort")
const [n, shape, size] = [1000, [1000, 28, 28, 3], 28 * 28 * 3]
const random = stream(1, "bench", "post-hoc")
const pixels = Float32Array.from({ length: n * size }, () => random.uniform())

/** Counterfactuals of a concept: the first or the last 20 values are bright. */
function concept(k) {
  const made = pixels.slice()
  for (let image = 0; image < n; image++) {
    const from = image * size + k * (size - 20)
    made.fill(1, from, from + 20)
  }
  return {
    role: "counterfactual",
    images: tf.tensor4d(made, shape),
    originals: tf.tensor4d(pixels, shape),
    scores: new Float64Array(n),
    phi: new Float64Array(n),
    alpha: new Float64Array(n),
    concept: new Int32Array(n).fill(k),
    index: Int32Array.from({ length: n }, (_, image) => image),
  }
}

const inputs = [concept(0), concept(1)]
const seconds = []
for (let round = 0; round <= Number(values.rounds); round++) {
  const began = performance.now()
  const metric = new PostHocConceptAccuracy()
  for (const input of inputs) await metric.update(input)
  const { value } = await metric.compute()
  if (value !== 1) throw new Error(`accuracy ${value}, expected 1`)
  // The first round is the warm-up.
  if (round > 0) seconds.push((performance.now() - began) / 1000)
}
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
console.log(
  JSON.stringify({
    name: "post-hoc",
    versions: { "@ifnormal/metrics": version, node: process.version },
    seconds,
  }),
)
