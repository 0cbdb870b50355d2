// How many images keep their validity under the test for fragility, on the shipped Colored-MNIST model: real normal
// test images (as if each were a counterfactual), and the GAN's valid counterfactuals of test anomalies.
//   npm run build && node tools/fragility.mjs [images, default 512]
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const at = (path) => import(pathToFileURL(join(root, path)).href)
await at("packages/backend-ort/dist/index.js")
const core = await at("packages/core/dist/index.js")
const { loadRun, readJson } = await at("packages/core/dist/node/index.js")
const { detectors } = await at("packages/detectors/dist/index.js")
const { generators } = await at("packages/generators/dist/index.js")
const { COLORS } = await at("packages/datasets/dist/index.js")
const { readIdx } = await at("packages/metrics/scripts/mnist-idx.mjs")

const n = Number(process.argv[2] ?? 512)
const registry = core.createRegistry([detectors, generators])
const folder = join(root, "packages/cli/models/colored-mnist")
const model = await loadRun(folder, registry)
const { eps, epsPrime } = (await readJson(join(folder, "experiment.json"))).explain
const test = readIdx("t10k")
const colors = Object.entries(COLORS)
const random = core.stream(1, "fragility-table")

/** n test digits in random colors that are, or are not, normal: a one or cyan. */
function digits(normal) {
  const chosen = []
  while (chosen.length < n) {
    const i = random.int(test.length)
    const [name, color] = colors[random.int(colors.length)]
    if ((test.labels[i] === 1 || name === "cyan") === normal) chosen.push([i, color])
  }
  const bytes = new Uint8Array(n * 784 * 3)
  for (const [k, [i, color]] of chosen.entries())
    for (let p = 0; p < 784; p++)
      for (let c = 0; c < 3; c++)
        bytes[(k * 784 + p) * 3 + c] = Math.round(test.images[i * 784 + p] * color[c])
  return core.toTensor(bytes, n, [28, 28, 3])
}

const tolerance = core.defaultTolerance
async function row(name, suspects) {
  const notes = await core.fragility(suspects, model.detector, tolerance)
  const kept = notes.filter((note) => note === undefined).length
  console.log(
    `${name}: ${kept} of ${suspects.length} keep their validity, ${((100 * kept) / suspects.length).toFixed(1)} %`,
  )
}

const normal = digits(true)
const { phi } = await core.scoreImages(normal, model.detector)
const values = await normal.data()
const size = 28 * 28 * 3
const real = [...phi].flatMap((score, i) =>
  score <= tolerance
    ? [{ image: { shape: [28, 28, 3], data: values.slice(i * size, (i + 1) * size) }, alpha: 0 }]
    : [],
)
await row("real normal test images with phi <= 0.25", real)
const explanations = await core.explain(digits(false), model, { eps, epsPrime, fragile: false })
await row(
  "the GAN's valid counterfactuals of test anomalies",
  explanations.flatMap(({ counterfactuals }) => counterfactuals.filter(({ status }) => status === "valid")),
)
