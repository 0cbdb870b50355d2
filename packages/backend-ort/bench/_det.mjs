// One BCE-OE training step of eoe's detectors, timed inside core's training loop as `ifnormal train detector` runs it:
// from the batch being there to the loss being read. Usage, after `npm run build`:
//   node bench/detector-step.mjs [--network cnn28|cnn32] [--half 128] [--export file] and sideOptions
import { parseArgs } from "node:util"
import * as tf from "@tensorflow/tfjs-core"
import { batchNorm, conv, linear, stream, train, uniforms, Variables } from "../../core/dist/index.js"
import { exportTensors } from "./export.mjs"
import { meter, printSummary, sideOptions, startEngine, turns } from "./side.mjs"

// parity.md 3.1: conv5x5 - BN - leaky - pool for each width, fc - BN - leaky, fc, linear 1; biases everywhere.
const NETWORKS = {
  cnn28: { shape: [28, 28, 1], widths: [16, 32], hidden: 64, embedding: 32 },
  cnn32: { shape: [32, 32, 3], widths: [32, 64, 128], hidden: 512, embedding: 256 },
}
const EPSILON = 1e-4
const SLOPE = 0.01
const BATCHES = 4

const { values } = parseArgs({
  options: {
    ...sideOptions,
    network: { type: "string", default: "cnn28" },
    // Normal images in a batch; as many are outlier exposure.
    half: { type: "string", default: "128" },
    export: { type: "string" },
  },
})
const { shape, widths, hidden, embedding } = NETWORKS[values.network]
const name = await startEngine(values)
const variables = new Variables(1)
const leaky = (x) => tf.leakyRelu(x, SLOPE)
const convolutions = widths.map((out, i) => ({
  conv: conv(variables, `conv${i}`, { in: i ? widths[i - 1] : shape[2], out, kernel: 5 }),
  norm: batchNorm(variables, `norm${i}`, out, EPSILON),
}))
const edge = shape[0] >> widths.length
const fc1 = linear(variables, "fc1", { in: edge * edge * widths.at(-1), out: hidden })
const norm = batchNorm(variables, "norm", hidden, EPSILON)
const fc2 = linear(variables, "fc2", { in: hidden, out: embedding })
const fc3 = linear(variables, "fc3", { in: embedding, out: 1 })

function logits(x) {
  let h = x
  for (const layer of convolutions) h = tf.maxPool(leaky(layer.norm(layer.conv(h), "train")), 2, 2, "valid")
  h = leaky(norm(fc1(h.reshape([x.shape[0], -1])), "train"))
  return fc3(fc2(h)).reshape([x.shape[0]])
}

const half = Number(values.half)
const batch = (i) => ({
  x: tf.tensor4d(uniforms(stream(1, "x", i), 2 * half * shape[0] * shape[1] * shape[2]), [
    2 * half,
    ...shape,
  ]),
  outlier: tf.tensor1d(Float32Array.from({ length: 2 * half }, (_, row) => (row < half ? 0 : 1))),
})
if (values.export) await exportTensors(values.export, variables.all, batch, Number(values.steps))

const measured = meter(name)
const data = {
  shape,
  length: half,
  outliers: half,
  async *batches() {
    const ready = Array.from({ length: BATCHES }, (_, i) => batch(i))
    for await (const _ of turns(values)) {
      measured.begin()
      yield ready[measured.times.length % BATCHES]
    }
    tf.engine().removeBackend("ort")
    printSummary(values, measured, name)
    process.exit(0)
  },
}
await train({
  data,
  options: {
    steps: 1e6,
    batchSize: 2 * half,
    learningRate: 1e-3,
    seed: 1,
    onStep: ({ loss }) => measured.end({ losses: [loss] }),
  },
  variables: variables.all,
  // max(l, 0) - l y + log(1 + exp(-|l|)), batch mean, as detector "bce".
  loss({ x, outlier }) {
    const l = logits(x)
    return l.relu().sub(l.mul(outlier)).add(l.abs().neg().exp().log1p()).mean()
  },
})
