import * as tf from "@tensorflow/tfjs-core"

/**
 * Gaussian blur, the border mirrored; differentiable. The kernel ends at 2.5 sigma, or at the image's side.
 * @param x [batch, height, width, channels]
 * @param sigma standard deviation in pixels; 0 returns a copy
 */
export function gaussianBlur(x: tf.Tensor4D, sigma: number): tf.Tensor4D {
  const [, height, width, channels] = x.shape
  const vertical = kernel(sigma, height)
  const horizontal = kernel(sigma, width)
  const [top, left] = [(vertical.length - 1) / 2, (horizontal.length - 1) / 2]
  return tf.tidy(() => {
    if (top === 0 && left === 0) return tf.clone(x)
    const padded = tf.mirrorPad(
      x,
      [
        [0, 0],
        [top, top],
        [left, left],
        [0, 0],
      ],
      "reflect",
    )
    const filter = (values: number[], rows: number, columns: number) =>
      tf.tensor4d(
        values.flatMap((value) => Array<number>(channels).fill(value)),
        [rows, columns, channels, 1],
      )
    const rows = tf.depthwiseConv2d(padded, filter(vertical, vertical.length, 1), 1, "valid")
    return tf.depthwiseConv2d(rows, filter(horizontal, 1, horizontal.length), 1, "valid")
  })
}

function kernel(sigma: number, side: number): number[] {
  const radius = sigma > 0 ? Math.min(Math.ceil(2.5 * sigma), side - 1) : 0
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    radius === 0 ? 1 : Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}
