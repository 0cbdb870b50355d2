// Seconds for Inception's features of 1000 images 32x32, recipe torch-fidelity, weights by a formula, on backend-ort.
// node packages/metrics/bench/inception.mjs [--rounds 1] [--images 64] [--batch 32] [--threads 2]
// Fewer images than 1000 are timed by default; the seconds are scaled to 1000. Against tools/reference/bench_inception.py.
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { setOptions } from "@ifnormal/backend-ort"
import { inceptionExtractor } from "@ifnormal/metrics"
import * as tf from "@tensorflow/tfjs-core"
import { formulaImage, formulaState } from "../../../tools/reference/formula.mjs"
import packageJson from "../package.json" with { type: "json" }

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    images: { type: "string", default: "64" },
    batch: { type: "string", default: "32" },
    threads: { type: "string", default: "2" },
  },
})
const golden = JSON.parse(
  readFileSync(new URL("../src/features/__golden__/inception.json", import.meta.url), "utf8"),
)
setOptions({ threads: Number(values.threads) })
await tf.setBackend("ort")
const length = Number(values.images)
const shape = [32, 32, 3]
const bytes = new Uint8Array(length * 3072)
for (let i = 0; i < length; i++) bytes.set(formulaImage(`bench ${i}`, shape), i * 3072)
const extractor = inceptionExtractor(formulaState(golden.convolutions), {
  batch: Number(values.batch),
  weightsHash: "formula",
})
const batch = Number(values.batch)
const first = { shape, bytes: bytes.subarray(0, 3072 * batch), length: Math.min(batch, length) }
// The engine records a program twice before it replays it.
for (let warmUp = 0; warmUp < 2; warmUp++) await extractor.features(first)
const seconds = []
for (let round = 0; round < Number(values.rounds); round++) {
  const start = performance.now()
  await extractor.features({ shape, bytes, length })
  seconds.push(((performance.now() - start) / 1000) * (1000 / length))
}
console.log(
  JSON.stringify({
    name: "Inception features of 1000 images",
    versions: { "@ifnormal/metrics": packageJson.version, node: process.version },
    seconds,
  }),
)
