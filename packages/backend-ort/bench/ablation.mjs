// What a pass is worth: a training step with and without it, both taking turns. After `npm run build`:
//   node packages/backend-ort/bench/ablation.mjs --off resample [--rounds 15] [--work gan|shipped] [--threads 2]
//   node packages/backend-ort/bench/ablation.mjs --options '{"spinning":false}'      any option of the engine
// Prints the time with the change over the time without it: median over the rounds, middle half.
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { load, machine } from "./machine.mjs"
import { takeTurns } from "./pairing.mjs"
import { spread } from "./statistics.mjs"
import { works } from "./work.mjs"

const { values } = parseArgs({
  options: {
    off: { type: "string" },
    options: { type: "string", default: "{}" },
    rounds: { type: "string", default: "15" },
    threads: { type: "string", default: `${availableParallelism()}` },
    work: { type: "string", default: "gan" },
  },
})
const { ours } = works[values.work]()
const shared = { threads: Number(values.threads) }
const changed = { ...JSON.parse(values.options), ...(values.off && { disablePasses: values.off.split(",") }) }
const side = (options) => ({
  command: process.execPath,
  args: [...ours, "--options", JSON.stringify({ ...shared, ...options })],
})
const before = load()
const results = await takeTurns({ as: side({}), changed: side(changed) }, Number(values.rounds))
const times = (name) => results[name].units.map(({ ms }) => ms)
const ratios = times("changed").map((ms, round) => ms / times("as")[round])
const text = (list, digits) => {
  const { median, low, high } = spread(list)
  return `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`
}
console.log(
  `${machine()}, Node ${process.version}, ${shared.threads} threads, load ${before} to ${load()}, seed 1`,
)
console.log(
  `${values.work} step as it is ${text(times("as"), 0)} ms, with ${JSON.stringify(changed)} ${text(times("changed"), 0)} ms`,
)
console.log(`ratio ${text(ratios, 2)} over ${ratios.length} rounds`)
