import {
  CounterfactualGenerator,
  Detector,
  dataset,
  definePlugin,
  detector,
  type FitOptions,
  generator,
  type ImageShape,
  metric,
  ShapeError,
  stream,
  type TrainingData,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"
import packageJson from "../package.json" with { type: "json" }
import { blobs } from "./mock-dataset.js"
import { MeanChange } from "./mock-metric.js"

/** Seeded images of soft blobs, [n, ...shape] in [0.1, 0.9]. */
export function mockImages(shape: ImageShape, n: number, seed = 1): tf.Tensor4D {
  const [height, width, channels] = shape
  const random = stream(seed, "testkit", "images")
  const pixels = new Float32Array(n * height * width * channels)
  let at = 0
  for (let image = 0; image < n; image++) {
    const [cx, cy] = [random.uniform() * width, random.uniform() * height]
    const color = Array.from({ length: channels }, () => 0.3 + 0.5 * random.uniform())
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const blob = Math.exp((-8 * ((x - cx) ** 2 + (y - cy) ** 2)) / (height * width))
        for (const level of color) pixels[at++] = 0.1 + level * blob + 0.1 * random.uniform()
      }
  }
  return tf.tensor4d(pixels, [n, height, width, channels])
}

/** Endless seeded batches of `mockImages`; outliers are their negatives. */
export function mockTrainingData(shape: ImageShape): TrainingData {
  return {
    shape,
    length: 64,
    outliers: 64,
    async *batches({ size, seed, outliers, start = 0 }) {
      const half = outliers ? Math.ceil(size / 2) : size
      for (let step = start; ; step++) {
        const images = mockImages(shape, size, stream(seed, "testkit", step).int(2 ** 31))
        const outlier = tf.tensor1d(Array.from({ length: size }, (_, i) => (i < half ? 0 : 1)))
        const x = tf.tidy(() => {
          const sign = tf.reshape(outlier, [size, 1, 1, 1])
          return tf.add(tf.mul(images, tf.sub(1, sign)), tf.mul(tf.sub(1, images), sign)) as tf.Tensor4D
        })
        images.dispose()
        try {
          yield { x, outlier }
        } finally {
          x.dispose()
          outlier.dispose()
        }
      }
    },
  }
}

/** @throws ShapeError that names both shapes. */
function refuseShape(x: tf.Tensor4D, shape: ImageShape): void {
  if (x.shape.slice(1).join() === shape.join()) return
  throw new ShapeError({
    code: "image-shape",
    message: `Images have shape [${x.shape.join(", ")}], expected [batch, ${shape.join(", ")}].`,
    next: "Resize the images to the shape the model was made for.",
  })
}

async function meanImage(
  data: TrainingData,
  { batchSize, seed }: FitOptions,
  mean: tf.Variable,
): Promise<void> {
  for await (const { x } of data.batches({ size: batchSize, seed, outliers: false })) {
    tf.tidy(() => mean.assign(tf.mean(x, 0, true)))
    return
  }
}

/** Squared distance to the mean normal image. Small, real and differentiable: what other tests put a detector for. */
export class CentroidDetector extends Detector {
  readonly gradients = "exact"
  readonly variables: Readonly<Record<string, tf.Variable>>

  constructor(readonly inputShape: ImageShape) {
    super()
    this.variables = { center: tf.tidy(() => tf.variable(tf.fill([1, ...inputShape], 0.5), false)) }
  }

  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    refuseShape(x, this.inputShape)
    return tf.tidy(() => tf.mean(tf.square(tf.sub(x, this.variables.center!)), [1, 2, 3]))
  }

  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => tf.sub(1, tf.exp(tf.neg(raw))))
  }

  fit(data: TrainingData, options: FitOptions): Promise<void> {
    return meanImage(data, options, this.variables.center!)
  }
}

/** Fades an image towards the mean normal image, the further the smaller alpha; each concept in its own strength. */
export class FadeGenerator extends CounterfactualGenerator {
  readonly variables: Readonly<Record<string, tf.Variable>>

  constructor(
    readonly inputShape: ImageShape,
    readonly concepts: number,
    seed: number,
  ) {
    super()
    const random = stream(seed, "testkit", "fade")
    this.variables = tf.tidy(() => ({
      center: tf.variable(tf.fill([1, ...inputShape], 0.5), false),
      strength: tf.variable(
        tf.tensor1d(Array.from({ length: concepts }, () => 0.5 + 0.5 * random.uniform())),
        false,
      ),
    }))
  }

  fit(data: TrainingData, options: FitOptions): Promise<void> {
    return meanImage(data, options, this.variables.center!)
  }

  async generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D): Promise<tf.Tensor4D> {
    refuseShape(x, this.inputShape)
    return tf.tidy(() => {
      const strength = tf.gather(this.variables.strength!, tf.cast(concept, "int32"))
      const share = tf.reshape(tf.mul(tf.sub(1, alpha), strength), [-1, 1, 1, 1])
      return tf.add(x, tf.mul(share, tf.sub(this.variables.center!, x))) as tf.Tensor4D
    })
  }

  override conceptLogits(x: tf.Tensor4D, counterfactual: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => {
      const distance = tf.reshape(tf.mean(tf.abs(tf.sub(x, counterfactual)), [1, 2, 3]), [-1, 1])
      return tf.matMul(
        distance as tf.Tensor2D,
        tf.reshape(this.variables.strength!, [1, this.concepts]) as tf.Tensor2D,
      )
    })
  }
}

/** Plugin of the mocks: detector "centroid", generator "fade" { concepts: 2 }, metric "change", data set "blobs". */
export const mocks = definePlugin({
  name: "@ifnormal/testkit",
  version: packageJson.version,
  contract: 1,
  detectors: {
    centroid: detector({
      options: z.strictObject({}),
      create: (_, { inputShape }) => new CentroidDetector(inputShape),
    }),
  },
  generators: {
    fade: generator({
      options: z.strictObject({ concepts: z.int().min(1).default(2) }),
      create: ({ concepts }, { detector, seed }) => new FadeGenerator(detector.inputShape, concepts, seed),
    }),
  },
  metrics: { change: metric({ options: z.strictObject({}), create: () => new MeanChange() }) },
  datasets: {
    blobs: dataset({
      options: z.strictObject({ count: z.int().min(1).default(20) }),
      create: ({ count }, { seed }) => blobs(count, seed),
    }),
  },
})
