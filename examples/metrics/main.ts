import "@tensorflow/tfjs-backend-cpu"
import { argv } from "node:process"
import { pathToFileURL } from "node:url"
import type { ImageShape } from "@ifnormal/core"
import { decodeImage, listImages } from "@ifnormal/datasets"
import {
  auroc,
  aurocInterval,
  type ByteImages,
  f1Max,
  featuresOfAll,
  frechetDistance,
  functionExtractor,
  kid,
} from "@ifnormal/metrics"
import * as tf from "@tensorflow/tfjs-core"

const shape: ImageShape = [64, 64, 3]

async function readFolder(folder: string): Promise<ByteImages[]> {
  const { files } = await listImages(folder)
  const decoded = await Promise.all(files.map((file) => decodeImage(file, shape, { resize: true })))
  return decoded.map(({ bytes }) => ({ shape, bytes, length: 1 }))
}

/** A score of our own: how far the mean color of an image is from the middle of the normal ones, as features have it. */
function scoresAround(center: Float64Array, data: Float32Array): number[] {
  return Array.from({ length: data.length / center.length }, (_, i) =>
    Math.hypot(...center.map((value, c) => data[i * center.length + c]! - value)),
  )
}

/**
 * Metrics alone, without an engine: how far two folders of pictures are from each other, and how well a score tells them
 * apart. The extractor has a name, and so has every number that rests on it.
 */
export async function measure(normalFolder: string, oddFolder: string) {
  const [normal, odd] = [await readFolder(normalFolder), await readFolder(oddFolder)]
  const colors = functionExtractor((images) => tf.reshape(tf.avgPool(images, 32, 32, "valid"), [-1, 12]), {
    name: "mean color of four quarters",
    size: [64, 64],
    dimensions: 12,
  })
  const matrix = async (images: ByteImages[]) => ({
    data: await featuresOfAll(colors, images),
    length: images.length,
    dimensions: colors.dimensions,
  })
  const [a, b] = [await matrix(odd), await matrix(normal)]
  const center = new Float64Array(12).map(
    (_, c) => b.data.reduce((sum, value, at) => (at % 12 === c ? sum + value : sum), 0) / b.length,
  )
  const [negatives, positives] = [scoresAround(center, b.data), scoresAround(center, a.data)]
  return {
    recipe: colors.recipe,
    fid: await frechetDistance(a, b),
    kid: (await kid(a, b)).value,
    auroc: auroc(negatives, positives),
    interval: aurocInterval(negatives, positives),
    f1: f1Max(negatives, positives),
    n: { odd: odd.length, normal: normal.length },
  }
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const [
    ,
    ,
    normal = "../../fixtures/hazelnut-toy/train/good",
    odd = "../../fixtures/hazelnut-toy/test/colour",
  ] = argv
  console.log(await measure(normal, odd))
}
