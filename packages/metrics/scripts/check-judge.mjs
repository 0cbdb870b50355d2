// The judge's bars on all MNIST test digits in ten colors: test accuracy, and the two control rows of the semantics
// table. Exits with 1 when one is missed.
//   npx turbo run build --filter=@ifnormal/metrics && node packages/metrics/scripts/check-judge.mjs
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { judgeAll, judgeColors, semanticsRow } from "../dist/index.js"
import { loadJudge } from "../dist/node/index.js"
import { random } from "./augment.mjs"
import { readIdx } from "./mnist-idx.mjs"

await tf.setBackend("cpu")
const judge = loadJudge()
const { images, labels, length } = readIdx("t10k")
const colors = Object.entries(judgeColors)
const uniform = random(11)

/** Verdicts with label and color of each test digit, the color drawn by seed. */
const judged = []
for (let start = 0; start < length; start += 500) {
  const drawn = Array.from({ length: 500 }, () => colors[Math.floor(uniform() * colors.length)])
  const pixels = new Float32Array(500 * 784 * 3)
  for (let i = 0; i < 500 * 784; i++)
    for (let c = 0; c < 3; c++)
      pixels[i * 3 + c] = Math.round(images[start * 784 + i] * drawn[Math.floor(i / 784)][1][c]) / 255
  const batch = tf.tensor4d(pixels, [500, 28, 28, 3])
  const verdicts = await judgeAll(judge, batch, undefined, 500)
  batch.dispose()
  verdicts.forEach((verdict, i) => {
    judged.push({ verdict, label: labels[start + i], color: drawn[i][0] })
  })
}
const row = (name, part) => {
  const verdicts = part.map(({ verdict }) => verdict)
  return semanticsRow(name, verdicts, verdicts)
}
const isNormal = ({ label, color }) => label === 1 || color === "cyan"
const anomalies = row(
  "raw anomalies",
  judged.filter((j) => !isNormal(j)),
)
const normal = row("normal test images", judged.filter(isNormal))
console.table([anomalies, normal])
const wrong = judged.filter(
  ({ verdict, label }) => verdict.digit !== undefined && verdict.digit !== label,
).length
const unsure = judged.filter(({ verdict }) => verdict.digit === undefined).length
console.log(`sure of ${length - unsure} of ${length} test digits, wrong about ${wrong} of them`)
const bars = [
  ["test accuracy >= 98.5 %", judge.manifest.test.accuracy, judge.manifest.test.accuracy >= 0.985],
  ["raw anomalies <= 2 % cyan-or-one", anomalies.cyanOrOne, anomalies.cyanOrOne <= 0.02],
  ["normal test images >= 97 % cyan-or-one", normal.cyanOrOne, normal.cyanOrOne >= 0.97],
]
for (const [text, value, met] of bars)
  console.log(`${met ? "MET    " : "NOT MET"}  ${text}: ${(100 * value).toFixed(2)} %`)
process.exitCode = bars.every(([, , met]) => met) ? 0 : 1
