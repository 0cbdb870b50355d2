// AuROC of 10^7 scores, against tools/reference/bench_auroc.py. After `npm run build`:
//   node packages/metrics/bench/auroc.mjs --rounds 5
// 5 million negatives and as many positives, float64 from a formula that both sides have; one score in eight is
// rounded to three digits, so that ties occur.
import { createRequire } from "node:module"
import { parseArgs } from "node:util"
import { auroc } from "../dist/index.js"

const { values } = parseArgs({ options: { rounds: { type: "string", default: "1" } } })
const N = 5_000_000

/** MurmurHash3's finalizer of a whole number, as a fraction in [0, 1). */
function fraction(number) {
  let hash = Math.imul(number, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** Triangular: the mean of two fractions, moved by `shift`. */
function scores(first, shift) {
  return Float64Array.from({ length: N }, (_, i) => {
    const value = (fraction(first + 2 * i) + fraction(first + 2 * i + 1)) / 2 + shift
    return i % 8 === 0 ? Math.floor(value * 1000) / 1000 : value
  })
}

const negatives = scores(0, 0)
const positives = scores(2 * N, 0.1)
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
