// Trains the independent judge's digit classifier on plain MNIST and writes models/judge. About 13 minutes on a free core.
//   npx turbo run build --filter=@ifnormal/metrics && node packages/metrics/scripts/train-judge.mjs
// Options: --seed 1, --steps 3000, --out <folder>. Same seed and steps, same weights on the same kind of processor.
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { encodeSafetensors } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { judgeLogits, judgeShapes } from "../dist/index.js"
import { digit, junk, random } from "./augment.mjs"
import { installCpuConvGradients } from "./cpu-conv-gradients.mjs"
import { readIdx } from "./mnist-idx.mjs"

const { values: o } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "3000" },
    out: { type: "string", default: join(import.meta.dirname, "..", "models", "judge") },
  },
})
const [seed, steps, batch, junkPerBatch] = [Number(o.seed), Number(o.steps), 64, 3]
await tf.setBackend("cpu")
installCpuConvGradients()
const [train, test] = [readIdx("train"), readIdx("t10k")]

// He initialisation, biases 0.
const initial = random(seed)
const normal = () => Math.sqrt(-2 * Math.log(1 - initial())) * Math.cos(2 * Math.PI * initial())
const weights = Object.fromEntries(
  Object.entries(judgeShapes).map(([name, shape]) => {
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1)
    const scale = shape.length > 1 ? Math.sqrt(2 / fanIn) : 0
    const values = Float32Array.from({ length: fanIn * shape.at(-1) }, () => scale * normal())
    return [name, tf.variable(tf.tensor(values, shape), true, name)]
  }),
)

const peak = 2e-3
const adam = tf.train.adam(peak)
const uniform = random(seed + 1000)
const pixels = new Float32Array(batch * 784)
const targets = new Float32Array(batch * 10)
const order = Uint32Array.from({ length: train.length }, (_, i) => i)
let cursor = order.length
const next = () => {
  if (cursor === order.length) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1))
      const held = order[i]
      order[i] = order[j]
      order[j] = held
    }
    cursor = 0
  }
  return order[cursor++]
}

const begun = performance.now()
for (let step = 0; step < steps; step++) {
  targets.fill(0)
  for (let i = 0; i < batch; i++)
    if (i < junkPerBatch) {
      junk(pixels, i * 784, uniform)
      targets.fill(0.1, i * 10, i * 10 + 10)
    } else {
      const image = next()
      digit(train.images, image * 784, pixels, i * 784, uniform)
      targets[i * 10 + train.labels[image]] = 1
    }
  adam.learningRate = peak * (0.02 + 0.98 * 0.5 * (1 + Math.cos((Math.PI * step) / steps)))
  const loss = tf.tidy(() => {
    const x = tf.tensor4d(pixels.slice(), [batch, 28, 28, 1])
    const y = tf.tensor2d(targets.slice(), [batch, 10])
    return adam
      .minimize(() => tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(judgeLogits(x, weights))), 1))), true)
      .dataSync()[0]
  })
  if (!Number.isFinite(loss)) throw new Error(`loss ${loss} at step ${step}`)
  if (step % 100 === 99)
    console.error(`step ${step + 1} of ${steps}  loss ${loss.toFixed(4)}  ${seconds()} s`)
}
function seconds() {
  return Math.round((performance.now() - begun) / 1000)
}

let [correct, counted, countedCorrect] = [0, 0, 0]
for (let start = 0; start < test.length; start += 500) {
  const probabilities = tf.tidy(() => {
    const x = tf.div(
      tf.tensor4d(
        Float32Array.from(test.images.subarray(start * 784, (start + 500) * 784)),
        [500, 28, 28, 1],
      ),
      255,
    )
    const ink = tf.div(x, tf.max(x, [1, 2, 3], true))
    return tf.softmax(judgeLogits(ink, weights)).dataSync()
  })
  for (let i = 0; i < 500; i++) {
    const row = probabilities.subarray(i * 10, i * 10 + 10)
    const best = row.indexOf(Math.max(...row))
    const right = best === test.labels[start + i]
    if (right) correct++
    if (row[best] >= 0.9) counted++
    if (row[best] >= 0.9 && right) countedCorrect++
  }
}
const testAccuracy = correct / test.length

const stored = Object.fromEntries(
  Object.entries(weights).map(([name, w]) => [
    name,
    { shape: w.shape, dtype: "float32", data: w.dataSync() },
  ]),
)
const bytes = encodeSafetensors(stored)
const version = (path) => JSON.parse(readFileSync(path, "utf8")).version
const manifest = {
  format: 1,
  kind: "judge",
  weights: { file: "weights.safetensors", sha256: createHash("sha256").update(bytes).digest("hex") },
  trainedOn: "MNIST training images, gray, jittered; 3 of 64 pictures are no digit",
  test: {
    n: test.length,
    accuracy: testAccuracy,
    counted: counted / test.length,
    accuracyOfCounted: countedCorrect / counted,
  },
  seed,
  steps,
  batchSize: batch,
  learningRate: peak,
  seconds: seconds(),
  command: `node packages/metrics/scripts/train-judge.mjs --seed ${seed} --steps ${steps}`,
  versions: {
    node: process.versions.node,
    "@tensorflow/tfjs-core": tf.version_core,
    "@ifnormal/metrics": version(join(import.meta.dirname, "..", "package.json")),
  },
}
mkdirSync(o.out, { recursive: true })
writeFileSync(join(o.out, "weights.safetensors"), bytes)
writeFileSync(join(o.out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`)
console.log(JSON.stringify(manifest.test))
