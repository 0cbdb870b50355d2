import * as tf from "@tensorflow/tfjs-core"

/** What one cell of a network's output sees of the image. */
export interface ReceptiveField {
  /** Side of the field, pixels. */
  readonly size: number
  /** Distance between the fields of neighboring cells. */
  readonly jump: number
  /** Center of the first cell's field. */
  readonly start: number
}

/** A convolution or pooling layer. */
export interface Layer {
  readonly kernel: number
  readonly stride: number
  readonly pad: number
}

/** The receptive field behind the layers: fcdd's arithmetic (python/fcdd/models/bases.py). */
export function receptiveField(layers: readonly Layer[]): ReceptiveField {
  return layers.reduce(
    ({ size, jump, start }, { kernel, stride, pad }) => ({
      size: size + (kernel - 1) * jump,
      jump: jump * stride,
      start: start + ((kernel - 1) / 2 - pad) * jump,
    }),
    { size: 1, jump: 1, start: 0 },
  )
}

/** fcdd's standard deviation for a field of this size: log10(0.45 size + 1) + 0.25 below 20 px, else 10. */
export function defaultDeviation(size: number): number {
  return size < 20 ? Math.log10(0.45 * size + 1) + 0.25 : 10
}

/** One dimension of fcdd's Gaussian: peak 1; for an even size the peak is doubled and everything halved. */
export function gaussian(size: number, deviation: number): number[] {
  const odd = size % 2 === 1 ? size : size - 1
  const middle = (odd - 1) / 2
  const values = Array.from({ length: odd }, (_, i) => Math.exp(-0.5 * ((i - middle) / deviation) ** 2))
  return odd === size ? values : values.toSpliced(middle, 0, values[middle]!).map((value) => value / 2)
}

/**
 * Receptive-field upsampling of FCDD (Liznerski et al. 2021): each cell spreads its value over its field with a fixed
 * Gaussian, a transposed convolution with the field's size and jump, shifted by the field's start. Linear and the same for
 * all images, so maps of different images are on one scale.
 * @param cells [batch, h, w, 1]
 * @param image height and width
 * @returns [batch, height, width, 1]
 */
export function receptiveUpsample(
  cells: tf.Tensor4D,
  { size, jump, start }: ReceptiveField,
  image: readonly [height: number, width: number],
  deviation = defaultDeviation(size),
): tf.Tensor4D {
  return tf.tidy(() => {
    const line = gaussian(size, deviation)
    const kernel = tf.tensor4d(
      line.flatMap((a) => line.map((b) => a * b)),
      [size, size, 1, 1],
    )
    const [batch, h, w] = cells.shape
    const sides: [number, number] = [(h - 1) * jump + size, (w - 1) * jump + size]
    const spread = tf.conv2dTranspose(cells, kernel, [batch, ...sides, 1], jump, "valid")
    const first = Math.floor((size - 1) / 2) - Math.floor(start)
    return spread.slice([0, first, first, 0], [batch, ...image, 1])
  })
}
