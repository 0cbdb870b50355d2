// Does explaining keep anything? core's explain with the shipped model on 1 to 64 images, call after call, from inside one
// process: graphs compiled, tensors left over, resident memory. Usage, after `npm run build`:
//   node bench/explain.mjs [--calls 200] [--options '{"threads":2}']
import { parseArgs } from "node:util"
import { stats } from "@ifnormal/backend-ort"
import * as tf from "@tensorflow/tfjs-core"
import { explain, stream, uniforms } from "../../core/dist/index.js"
import { shippedModel } from "./shipped-model.mjs"
import { sideOptions, startEngine } from "./side.mjs"

const { values } = parseArgs({ options: { ...sideOptions, calls: { type: "string", default: "200" } } })
const MOST = 64
const name = await startEngine(values)
const model = await shippedModel()
const random = stream(1, "images")
const pixels = uniforms(
  random,
  model.detector.inputShape.reduce((a, b) => a * b, MOST),
)
const perImage = pixels.length / MOST

async function call(n) {
  const x = tf.tensor4d(pixels.subarray(0, n * perImage), [n, ...model.detector.inputShape])
  const start = performance.now()
  await explain(x, model)
  x.dispose()
  return performance.now() - start
}

const rssMb = () => {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().rss / 2 ** 20)
}
const first = await call(1)
// Every bucket once.
for (let n = 2; n <= MOST; n *= 2) await call(n)
const before = { tensors: tf.memory().numTensors, compiles: stats().compiles, rss: rssMb() }
const calls = Number(values.calls)
const sizes = Array.from({ length: calls }, (_, i) => 1 + ((i * 37) % MOST))
let half = before.rss
for (const [i, n] of sizes.entries()) {
  await call(n)
  if (i === calls >> 1) half = rssMb()
}
console.log(
  JSON.stringify({
    name,
    calls,
    firstMs: Math.round(first),
    graphs: before.compiles,
    graphsMore: stats().compiles - before.compiles,
    tensorsMore: tf.memory().numTensors - before.tensors,
    rssMb: [before.rss, half, rssMb()],
  }),
)
process.exit(0)
