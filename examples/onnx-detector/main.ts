import "@ifnormal/backend-ort"
import { readFile } from "node:fs/promises"
import { argv } from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { sessionRunner } from "@ifnormal/backend-ort"
import {
  createGenerator,
  createRegistry,
  type Explanation,
  explain,
  type ImageShape,
  scoreImages,
  subset,
  toTensor,
  trainingData,
} from "@ifnormal/core"
import { folderDataset } from "@ifnormal/datasets"
import { type OnnxDetector, onnxDetector } from "@ifnormal/detectors"
import { generators } from "@ifnormal/generators"

const fixtures = new URL("../../fixtures/", import.meta.url)
const shape: ImageShape = [128, 128, 3]

export interface Result {
  readonly detector: OnnxDetector
  /** phi of the normal and the marked test images. */
  readonly normal: readonly number[]
  readonly marked: readonly number[]
  readonly explanations: readonly Explanation[]
}

/**
 * Scores hazelnuts with somebody else's model, and explains the first `n` marked ones.
 * @param options of the generator "gradient"
 */
export async function explainHazelnuts(n: number, options: { steps?: number } = {}): Promise<Result> {
  // The photographs: train/good, test/good, test/colour.
  const hazelnuts = await folderDataset({
    path: fileURLToPath(new URL("hazelnut-toy", fixtures)),
    shape,
    seed: 1,
  })
  const train = await hazelnuts.train()
  const test = await hazelnuts.test()
  const of = (label: number) =>
    subset(
      test,
      [...test.labels.keys()].filter((i) => test.labels[i] === label),
    )
  const [good, colour] = [of(0), of(1)]

  // The model: bytes in, a detector out. What it does not say about itself stands here.
  const detector = await onnxDetector({
    model: new Uint8Array(await readFile(new URL("hazelnut-detector/patches.onnx", fixtures))),
    sessions: sessionRunner(),
    normalize: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    map: "anomaly_map",
  })
  const normal = trainingData(train)
  const fit = { steps: 2, batchSize: 28, learningRate: 1e-3, seed: 1 }
  await detector.fit(normal, fit)

  // No training: the generator optimizes each image, and only looks at normal ones before.
  const generator = await createGenerator(
    createRegistry([generators]),
    { type: "gradient", options: { concepts: 1, ...options } },
    { detector, seed: 1 },
  )
  await generator.fit(normal, fit)
  const first = Array.from({ length: n }, (_, i) => i)
  const images = toTensor(await colour.read(first), n, shape)
  const explanations = await explain(images, { detector, generator })
  images.dispose()
  const scores = {
    normal: [...(await scoreImages(good, detector)).phi],
    marked: [...(await scoreImages(colour, detector)).phi],
  }
  generator.dispose()
  return { detector, ...scores, explanations }
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const { detector, normal, marked, explanations } = await explainHazelnuts(3)
  const show = (scores: readonly number[]) => scores.map((score) => score.toFixed(2)).join(" ")
  console.log(`gradients: ${detector.gradients}${detector.note ? ` (${detector.note})` : ""}`)
  console.log(`phi of normal hazelnuts: ${show(normal)}`)
  console.log(`phi of marked hazelnuts: ${show(marked)}`)
  for (const [i, { score, counterfactuals }] of explanations.entries())
    for (const { concept, score: after, distance, status } of counterfactuals)
      console.log(
        `hazelnut ${i}, concept ${concept + 1}: ${score.toFixed(2)} -> ${after.toFixed(2)}, distance ${distance.toFixed(3)}, ${status}`,
      )
}
