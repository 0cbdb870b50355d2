import * as tf from "@tensorflow/tfjs-core"
import type { Detector } from "../contract/detector.js"
import type { AttributionOptions } from "./attribution.js"
import { baselineOf } from "./baseline.js"
import { scoreBatch } from "./score.js"

/**
 * How much the score falls when a square is covered, averaged over the squares that cover a pixel (Zeiler and Fergus
 * 2014). Scores only.
 * @param x [batch, height, width, channels]
 * @returns per image [height * width]
 */
export async function occlusionMaps(
  x: tf.Tensor4D,
  detector: Detector,
  { patch, stride, baseline = "blur", of = "phi", batchSize = 16, signal }: AttributionOptions,
): Promise<Float32Array[]> {
  const [n, height, width, channels] = x.shape
  const side = patch ?? Math.max(1, Math.round(Math.max(height, width) / 8))
  const step = stride ?? Math.max(1, Math.floor(side / 2))
  const values = ((await x.data()) as Float32Array).slice()
  const cover = baselineOf(x, baseline)
  const covered = ((await cover.data()) as Float32Array).slice()
  cover.dispose()
  const squares = corners(height, side, step).flatMap((top) =>
    corners(width, side, step).map((left) => ({ top, left })),
  )
  const size = height * width * channels
  const score = async (images: Float32Array, count: number) => {
    const batch = tf.tensor4d(images, [count, height, width, channels])
    try {
      return (await scoreBatch(batch, detector, count))[of]
    } finally {
      batch.dispose()
    }
  }
  const maps: Float32Array[] = []
  for (let i = 0; i < n; i++) {
    const image = values.subarray(i * size, (i + 1) * size)
    const hidden = covered.subarray(i * size, (i + 1) * size)
    const whole = (await score(image.slice(), 1))[0] as number
    const sum = new Float32Array(height * width)
    const count = new Float32Array(height * width)
    for (let start = 0; start < squares.length && !signal?.aborted; start += batchSize) {
      const part = squares.slice(start, start + batchSize)
      const batch = new Float32Array(part.length * size)
      for (const [j, { top, left }] of part.entries()) {
        batch.set(image, j * size)
        for (let y = top; y < Math.min(height, top + side); y++) {
          const from = (y * width + left) * channels
          const to = (y * width + Math.min(width, left + side)) * channels
          batch.set(hidden.subarray(from, to), j * size + from)
        }
      }
      const scores = await score(batch, part.length)
      for (const [j, { top, left }] of part.entries())
        for (let y = top; y < Math.min(height, top + side); y++)
          for (let at = left; at < Math.min(width, left + side); at++) {
            const pixel = y * width + at
            sum[pixel] = (sum[pixel] as number) + whole - (scores[j] as number)
            count[pixel] = (count[pixel] as number) + 1
          }
    }
    maps.push(sum.map((total, pixel) => total / Math.max(1, count[pixel] as number)))
  }
  return maps
}

/** Where squares begin: every `step` pixels, the last at the border. */
function corners(length: number, side: number, step: number): number[] {
  const last = Math.max(0, length - side)
  const starts = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step)
  return starts[starts.length - 1] === last ? starts : [...starts, last]
}
