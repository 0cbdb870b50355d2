import type { RandomStream } from "@ifnormal/core"

/**
 * A binomial number: how many of `n` independent trials of probability `p` hit. Exact in distribution: inversion for an
 * expectation below 10, otherwise transformed rejection (BTRS; Hormann 1993), whose time does not depend on n.
 */
export function binomial(random: RandomStream, n: number, p: number): number {
  if (p > 0.5) return n - binomial(random, n, 1 - p)
  if (n === 0 || p <= 0) return 0
  return n * p < 10 ? inversion(random, n, p) : rejection(random, n, p)
}

function inversion(random: RandomStream, n: number, p: number): number {
  const odds = p / (1 - p)
  let probability = Math.exp(n * Math.log1p(-p))
  let u = random.uniform()
  let hits = 0
  while (u > probability && hits < n) {
    u -= probability
    hits++
    probability *= ((n - hits + 1) / hits) * odds
  }
  return hits
}

function rejection(random: RandomStream, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p))
  const b = 1.15 + 2.53 * spread
  const a = -0.0873 + 0.0248 * b + 0.01 * p
  const center = n * p + 0.5
  const accepted = 0.92 - 4.2 / b
  const alpha = (2.83 + 5.1 / b) * spread
  const mode = Math.floor((n + 1) * p)
  for (;;) {
    const u = random.uniform() - 0.5
    const v = random.uniform()
    const edge = 0.5 - Math.abs(u)
    const hits = Math.floor(((2 * a) / edge + b) * u + center)
    if (edge >= 0.07 && v <= accepted) return hits
    if (hits < 0 || hits > n) continue
    const bound =
      logFactorial(mode) +
      logFactorial(n - mode) -
      logFactorial(hits) -
      logFactorial(n - hits) +
      (hits - mode) * Math.log(p / (1 - p))
    if (Math.log((v * alpha) / (a / edge ** 2 + b)) <= bound) return hits
  }
}

const SMALL = Float64Array.from({ length: 16 }, (_, n) => {
  let sum = 0
  for (let k = 2; k <= n; k++) sum += Math.log(k)
  return sum
})

/** log n!, by Stirling's series from 16 on. */
function logFactorial(n: number): number {
  if (n < SMALL.length) return SMALL[n]!
  const x = n + 1
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3)
}
