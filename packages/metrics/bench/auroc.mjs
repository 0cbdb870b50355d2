// AuROC of 10^7 scores, against tools/reference/bench_auroc.py. After `npm run build`:
//   node packages/metrics/bench/auroc.mjs --rounds 5
// 5 million negatives and as many positives, float64 from one xorshift formula that both sides have; one score in eight is
// rounded to three digits, so that ties occur.
import { createRequire } from "node:module"
import { parseArgs } from "node:util"
import { auroc } from "../dist/index.js"

const { values } = parseArgs({ options: { rounds: { type: "string", default: "1" } } })
const N = 5_000_000

/** Triangular on [0, 1): the mean of two 32-bit numbers of Marsaglia's xorshift32, moved by `shift`. */
function scores(seed, shift) {
  let state = seed
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  return Float64Array.from({ length: N }, (_, i) => {
    const value = (next() / 2 ** 32 + next() / 2 ** 32) / 2 + shift
    return i % 8 === 0 ? Math.floor(value * 1000) / 1000 : value
  })
}

const negatives = scores(1, 0)
const positives = scores(2, 0.1)
const seconds = []
let value = 0
for (let round = -1; round < Number(values.rounds); round++) {
  const start = performance.now()
  value = auroc(negatives, positives)
  if (round >= 0) seconds.push((performance.now() - start) / 1000)
}
const { version } = createRequire(import.meta.url)("../package.json")
console.log(
  JSON.stringify({
    name: "AuROC of 10^7 scores",
    value,
    maxRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
    versions: { "@ifnormal/metrics": version, node: process.version },
    seconds,
  }),
)
