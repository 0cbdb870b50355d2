import "@ifnormal/backend-ort"
import { argv } from "node:process"
import { pathToFileURL } from "node:url"
import {
  createDetector,
  createGenerator,
  createRegistry,
  type Explanation,
  explain,
  type ImageShape,
  type ImageSource,
  subset,
  toTensor,
  trainingData,
} from "@ifnormal/core"
import { decodeImage, listImages, memorySource } from "@ifnormal/datasets"
import { detectors } from "@ifnormal/detectors"
import { generators } from "@ifnormal/generators"

const shape: ImageShape = [28, 28, 3]

/** Reads a folder of pictures at the detector's size. */
async function readFolder(folder: string): Promise<ImageSource> {
  const { files } = await listImages(folder)
  const decoded = await Promise.all(files.map((file) => decodeImage(file, shape, { resize: true })))
  const bytes = new Uint8Array(Buffer.concat(decoded.map((image) => image.bytes)))
  return memorySource({ shape, bytes, labels: new Int32Array(files.length) })
}

/**
 * From two folders of pictures to explanations: trains a small detector on the normal ones against every other odd one,
 * then says of the odd ones that it has not seen what they would have to look like to be normal.
 */
export async function explainFolder(normalFolder: string, oddFolder: string): Promise<Explanation[]> {
  const registry = createRegistry([detectors, generators])
  const normal = await readFolder(normalFolder)
  const odd = await readFolder(oddFolder)
  const rows = [...odd.labels.keys()]
  const known = subset(odd, rows.filter((row) => row % 2 === 0)) // biome-ignore format: one idea
  const unseen = subset(odd, rows.filter((row) => row % 2 === 1)) // biome-ignore format: one idea

  const detector = await createDetector(
    registry,
    { type: "bce", options: { width: 8 } },
    { inputShape: shape, seed: 1 },
  )
  const training = { steps: 150, batchSize: 16, learningRate: 1e-3, seed: 1 }
  await detector.fit(trainingData(normal, known), training)

  const generator = await createGenerator(
    registry,
    { type: "gradient", options: { concepts: 1 } },
    { detector, seed: 1 },
  )
  await generator.fit(trainingData(normal), training)
  const images = toTensor(await unseen.read([...unseen.labels.keys()]), unseen.length, shape)
  return explain(images, { detector, generator })
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const [
    ,
    ,
    normal = "../../fixtures/hazelnut-toy/train/good",
    odd = "../../fixtures/hazelnut-toy/test/colour",
  ] = argv
  for (const { score, counterfactuals } of await explainFolder(normal, odd))
    for (const made of counterfactuals)
      console.log(
        `score ${score.toFixed(3)}, its counterfactual ${made.score.toFixed(3)}, mean change ${made.distance.toFixed(3)}, ${made.status}`,
      )
}
