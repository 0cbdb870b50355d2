// Frechet distance of two Gaussians at d = 2048 from their means and covariances, as when FID's statistics are stored.
// After `npm run build`: node packages/metrics/bench/frechet.mjs --rounds 3
// The peer is tools/reference/bench_frechet.py: pytorch-fid, whose root is scipy.linalg.sqrtm.
import { parseArgs } from "node:util"
import { frechetDistance, GaussianAccumulator } from "@ifnormal/metrics"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, dimensions: { type: "string", default: "2048" } },
})
const d = Number(values.dimensions)

/** Statistics of 1.5 d feature vectors, whose spectrum falls with the dimension; the peer has the same formula. */
function statistics(seed, shift) {
  let state = seed
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const length = 1.5 * d
  const data = new Float32Array(length * d)
  for (let i = 0; i < data.length; i++) {
    const share = 1 + (4 * (i % d)) / d
    data[i] = (uniform() + uniform() + uniform() - 1.5) / (share * share) + shift
  }
  const accumulator = new GaussianAccumulator(d)
  accumulator.add({ data, length, dimensions: d })
  return accumulator.result()
}

const [a, b] = [statistics(1, 0), statistics(2, 0.1)]
const seconds = []
let value = Number.NaN
for (let round = -1; round < Number(values.rounds); round++) {
  const start = performance.now()
  value = await frechetDistance(a, b)
  if (round >= 0) seconds.push((performance.now() - start) / 1000)
}
console.log(
  JSON.stringify({ name: `frechet d=${d}`, versions: { node: process.versions.node }, seconds, value }),
)
