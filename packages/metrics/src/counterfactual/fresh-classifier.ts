import { adam, compiled, conv, linear, type RandomStream, stream, Variables } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

/** Images as bytes with the class of each. */
export interface Examples {
  /** Height, width, channels. */
  readonly shape: readonly [number, number, number]
  /** [n] images of height * width * channels bytes, HWC. */
  readonly images: readonly Uint8Array[]
  /** [n] in 0..classes-1 */
  readonly labels: readonly number[]
  /** The images hold two of half the channels each; the network sees the second and its difference to the first. */
  readonly pairs?: boolean
}

export interface ClassifierOptions {
  readonly classes: number
  /** Of first weights and order. */
  readonly seed: number
  /** Passes over the examples. */
  readonly epochs: number
}

/** A classifier that was trained for one question. */
export interface FreshClassifier {
  /** The most probable class of each image. */
  classify(images: readonly Uint8Array[]): Promise<number[]>
  dispose(): void
}

/** Examples in a step at most, as DISSECT. */
const BATCH = 32
/** Ten times DISSECT's, since the network is a tenth of its and few steps are taken. */
const LEARNING_RATE = 1e-3

/**
 * Trains a small network from scratch: two 3 x 3 convolutions of stride 2 (16, 32 channels) and a dense layer over all
 * positions; softmax cross entropy, Adam 1e-3, batches of 32 with as many of each class (our choice; DISSECT: two residual blocks of 64 and 128
 * channels, sum over positions, sigmoid cross entropy, Adam 1e-4). The same seed and examples give the same classifier on one
 * engine.
 */
export async function trainClassifier(
  examples: Examples,
  { classes, seed, epochs }: ClassifierOptions,
): Promise<FreshClassifier> {
  const { shape, images, labels, pairs = false } = examples
  const variables = new Variables(seed)
  const logits = network(variables, shape, classes, pairs)
  const optimizer = adam(variables.all)
  const step = compiled((x: tf.Tensor4D, y: tf.Tensor2D, rate: tf.Tensor, correction: tf.Tensor) =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const terms = tf.sum(tf.mul(y, tf.logSoftmax(logits(x))), 1)
        return tf.neg(tf.mean(terms)) as tf.Scalar
      }, Object.values(variables.all))
      optimizer.apply(grads, rate, correction)
      return value
    }),
  )
  const random = stream(seed, "fresh classifier")
  const size = Math.min(BATCH, images.length)
  const steps = Math.max(1, Math.round((epochs * images.length) / size))
  const next = balanced(labels, classes, random)
  for (let t = 1; t <= steps; t++) {
    const rows = Array.from({ length: size }, next)
    const y = new Float32Array(size * classes)
    rows.forEach((row, i) => {
      y[i * classes + labels[row]!] = 1
    })
    const inputs = [
      pixels(
        rows.map((row) => images[row]!),
        shape,
      ),
      tf.tensor2d(y, [size, classes]),
      ...optimizer.numbers(t, LEARNING_RATE).map((number) => tf.tensor1d([number])),
    ] as [tf.Tensor4D, tf.Tensor2D, tf.Tensor1D, tf.Tensor1D]
    tf.dispose([step(...inputs), ...inputs])
  }
  tf.dispose(Object.values(optimizer.slots))
  const best = compiled((x: tf.Tensor4D) => tf.tidy(() => tf.cast(tf.argMax(logits(x), 1), "float32")))
  return {
    classify: (wanted) => classifyAll(wanted, shape, best),
    dispose: () => variables.dispose(),
  }
}

function network(
  variables: Variables,
  [height, width, channels]: Examples["shape"],
  classes: number,
  pairs: boolean,
) {
  const first = conv(variables, "conv1", { in: channels, out: 16, kernel: 3, stride: 2 })
  const second = conv(variables, "conv2", { in: 16, out: 32, kernel: 3, stride: 2 })
  const positions = Math.ceil(Math.ceil(height / 2) / 2) * Math.ceil(Math.ceil(width / 2) / 2)
  const last = linear(variables, "class", { in: 32 * positions, out: classes })
  return (x: tf.Tensor4D): tf.Tensor2D => {
    const seen = pairs ? secondAndDifference(x) : x
    const hidden = tf.relu(second(tf.relu(first(seen)) as tf.Tensor4D))
    return last(tf.reshape(hidden, [-1, 32 * positions]) as tf.Tensor2D)
  }
}

// A small change is lost beside the image that it is in.
function secondAndDifference(pair: tf.Tensor4D): tf.Tensor4D {
  const [one, other] = tf.split(pair, 2, 3) as [tf.Tensor4D, tf.Tensor4D]
  return tf.concat4d([other, tf.sub<tf.Tensor4D>(other, one)], 3)
}

/** Batches of one size, so that an engine compiles one graph; the last one is filled with its first image. */
async function classifyAll(
  images: readonly Uint8Array[],
  shape: Examples["shape"],
  best: (x: tf.Tensor4D) => tf.Tensor,
): Promise<number[]> {
  const found: number[] = []
  for (let start = 0; start < images.length; start += BATCH) {
    const part = images.slice(start, start + BATCH)
    const x = pixels(
      Array.from({ length: BATCH }, (_, i) => part[i] ?? part[0]!),
      shape,
    )
    const classes = best(x)
    found.push(...(await classes.data()).subarray(0, part.length))
    tf.dispose([x, classes])
  }
  return found
}

/** Bytes as values in [-1, 1]. */
function pixels(images: readonly Uint8Array[], shape: Examples["shape"]): tf.Tensor4D {
  const size = shape[0] * shape[1] * shape[2]
  const data = new Float32Array(images.length * size)
  images.forEach((image, i) => {
    for (let j = 0; j < size; j++) data[i * size + j] = image[j]! / 127.5 - 1
  })
  return tf.tensor4d(data, [images.length, ...shape])
}

/** Rows of each class in turn, in random order, each once before any of its class comes again. */
function balanced(labels: readonly number[], classes: number, random: RandomStream): () => number {
  const rows = Array.from({ length: classes }, (_, c) =>
    [...labels.keys()].filter((row) => labels[row] === c),
  )
  const left = rows.map((): number[] => [])
  let turn = 0
  return () => {
    const c = turn++ % classes
    if (left[c]!.length === 0) left[c] = shuffled(rows[c]!.length, random).map((at) => rows[c]![at]!)
    return left[c]!.pop()!
  }
}

/** 0..length-1 in random order. */
export function shuffled(length: number, random: RandomStream): number[] {
  const order = Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = random.int(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}
