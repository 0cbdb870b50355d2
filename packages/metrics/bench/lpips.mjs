// Seconds for LPIPS (alex, weights by a formula) of 100 pairs of images on backend-ort.
// node packages/metrics/bench/lpips.mjs [--rounds 1] [--pairs 100] [--side 64] [--trunk alex] [--threads 2]
// Prints the mean distance too, which tools/reference/bench_lpips.py has to agree with.
import { parseArgs } from "node:util"
import { setOptions } from "@ifnormal/backend-ort"
import { createLpips, trunkParameters } from "@ifnormal/metrics"
import * as tf from "@tensorflow/tfjs-core"
import { formulaPair, trunkState } from "../../../tools/reference/lpips_formula.mjs"
import packageJson from "../package.json" with { type: "json" }

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    pairs: { type: "string", default: "100" },
    side: { type: "string", default: "64" },
    trunk: { type: "string", default: "alex" },
    threads: { type: "string", default: "2" },
  },
})
const [pairs, side] = [Number(values.pairs), Number(values.side)]
setOptions({ threads: Number(values.threads) })
await tf.setBackend("ort")
const lpips = createLpips(values.trunk, trunkState(trunkParameters(values.trunk)))
const size = side * side * 3
const images = [new Float32Array(pairs * size), new Float32Array(pairs * size)]
for (let i = 0; i < pairs; i++)
  formulaPair([side, side, 3], `bench ${i}`).forEach((bytes, which) => {
    images[which].set(bytes, i * size)
  })
const [a, b] = images.map((data) => tf.tensor4d(data, [pairs, side, side, 3]))
const seconds = []
let distances
for (let round = 0; round <= Number(values.rounds); round++) {
  const start = performance.now()
  distances = (await lpips.distances(a, b, { range: "bytes" })).values
  if (round > 0) seconds.push((performance.now() - start) / 1000)
}
console.log(
  JSON.stringify({
    name: `LPIPS ${values.trunk} of ${pairs} pairs ${side}x${side}`,
    versions: { "@ifnormal/metrics": packageJson.version, node: process.version },
    distance: distances.reduce((sum, value) => sum + value, 0) / pairs,
    seconds,
  }),
)
