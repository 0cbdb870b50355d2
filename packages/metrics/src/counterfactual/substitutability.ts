import { Metric, type MetricInput, type MetricResult, stream } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import { mean } from "../numbers.js"
import { type CounterfactualInput, selectRows } from "../selection.js"
import { shuffled, trainClassifier } from "./fresh-classifier.js"
import { type FreshOptions, freshDefaults, SIDE, TEST_SHARE } from "./fresh-options.js"
import { ImageRows } from "./image-rows.js"
import { ImageSample } from "./image-sample.js"
import { checkPair } from "./pixels.js"
import { shrunk } from "./shrink.js"

/** Fewer images of a kind say nothing: a quarter of them is what is tested on. */
const LEAST = 20

interface Anomaly {
  readonly image: Uint8Array
  readonly counterfactuals: Map<number, Uint8Array>
}

/**
 * Substitutability, as DISSECT (Ghandeharioun et al. 2022, after Samangouei et al. 2018) defines it: a classifier that
 * learns from counterfactuals in place of real images reaches this share of the performance of one that learns from real
 * images, both tested on the same real images. Here: normal against anomalous; one small classifier learns from normal
 * images and anomalies, the other from counterfactuals (alpha = 0, all concepts) in place of the normal images and the
 * same anomalies; tested on normal images and anomalies that neither saw. 1 = counterfactuals teach what normal is, 0.5
 * about chance; it can exceed 1. Deviations: only the normal side is replaced (DISSECT replaces both; counterfactuals
 * towards anomalous are seldom made), test images are split three to one (DISSECT has the detector's training set),
 * balanced accuracy, a small network for the detector's own (`trainClassifier`), images of at most 64 x 64. Needs `index`
 * and normal images. Counterfactuals of one normal look teach part of it only. Training runs in compute.
 */
export class Substitutability extends Metric {
  readonly name = "Substitutability"
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  private readonly normal: ImageSample<Uint8Array>
  private readonly anomalies: ImageSample<Anomaly>
  private readonly seed: number
  private readonly epochs: number
  private normalSeen = 0
  private shape: readonly [number, number, number] = [0, 0, 0]
  private skipped: string | undefined

  constructor(private readonly options: FreshOptions = {}) {
    super()
    const { seed, epochs, limit } = freshDefaults(options)
    this.seed = seed
    this.epochs = epochs
    this.normal = new ImageSample(limit, seed)
    this.anomalies = new ImageSample(limit, seed)
  }

  /** @throws ShapeError "shape-images", DataError "metric-nan" */
  async update(input: MetricInput): Promise<void> {
    if (input.role === "normal") await this.addNormal(input.images)
    if (input.role === "counterfactual") await this.addCounterfactuals(input)
  }

  async compute(): Promise<MetricResult> {
    const normal = this.normal.entries().map(([, image]) => image)
    const anomalies = this.anomalies.entries().map(([, anomaly]) => anomaly)
    const fewest = Math.min(normal.length, anomalies.length)
    const skipped =
      this.skipped ??
      (fewest < LEAST
        ? `There are ${normal.length} normal images and ${anomalies.length} explained anomalies; at least ${LEAST} of each are needed.`
        : undefined)
    if (skipped) return { value: Number.NaN, n: 0, skipped }
    const [normalTest, normalTrain] = this.split(normal, "normal")
    const [anomalyTest, anomalyTrain] = this.split(anomalies, "anomaly")
    const real = anomalyTrain.map(({ image }) => image)
    const test = [...normalTest, ...anomalyTest.map(({ image }) => image)]
    const fromReal = await this.train(normalTrain, real, test)
    const made = anomalyTrain.flatMap(({ counterfactuals }) => [...counterfactuals.values()])
    const fromMade = await this.train(made, real, test)
    const rows = new ImageRows()
    test.forEach((_, i) => {
      const label = i < normalTest.length ? 0 : 1
      rows.add(undefined, [label, fromReal[i] === label ? 1 : 0, fromMade[i] === label ? 1 : 0])
    })
    return {
      ...rows.result(ratio, this.options.bootstrap),
      n: test.length,
      recipe: `balanced accuracy of a fresh CNN (normal or anomalous) that learned from CEs as normal images, divided by that of one that learned from normal images; ${this.shape[0]} x ${this.shape[1]} pixels, ${this.epochs} epochs, seed ${this.seed}`,
      counts: {
        normal: normalTest.length,
        anomaly: anomalyTest.length,
        "training normal": normalTrain.length,
        "training anomaly": real.length,
        "training counterfactual": made.length,
      },
    }
  }

  reset(): void {
    this.normal.clear()
    this.anomalies.clear()
    this.normalSeen = 0
    this.skipped = undefined
  }

  private async addNormal(images: tf.Tensor4D): Promise<void> {
    const { shape, image } = await shrunk(images, SIDE)
    this.shape = shape
    for (let row = 0; row < images.shape[0]; row++) this.normal.offer(this.normalSeen++, () => image(row))
  }

  private async addCounterfactuals(input: CounterfactualInput): Promise<void> {
    const rows = selectRows(input, { alpha: 0 })
    if (rows.length === 0) return
    if (!input.index) {
      this.skipped = "The input does not say which counterfactuals are of one image (index)."
      return
    }
    checkPair(input.originals, input.images, "Originals")
    const [made, originals] = [await shrunk(input.images, SIDE), await shrunk(input.originals, SIDE)]
    for (const row of rows) {
      const anomaly = this.anomalies.offer(input.index[row]!, () => ({
        image: originals.image(row),
        counterfactuals: new Map(),
      }))
      const concept = input.concept[row]!
      if (!anomaly?.counterfactuals.has(concept)) anomaly?.counterfactuals.set(concept, made.image(row))
    }
  }

  /** A test part and the rest, at random. */
  private split<T>(all: readonly T[], name: string): [T[], T[]] {
    const order = shuffled(all.length, stream(this.seed, "substitutability split", name)).map(
      (at) => all[at]!,
    )
    const tested = Math.round(TEST_SHARE * all.length)
    return [order.slice(0, tested), order.slice(tested)]
  }

  /** 0 (normal) or 1 for each test image. */
  private async train(
    normal: readonly Uint8Array[],
    anomalous: readonly Uint8Array[],
    test: readonly Uint8Array[],
  ): Promise<number[]> {
    const images = [...normal, ...anomalous]
    const labels = images.map((_, i) => (i < normal.length ? 0 : 1))
    const classifier = await trainClassifier(
      { shape: this.shape, images, labels },
      { classes: 2, seed: this.seed, epochs: this.epochs },
    )
    try {
      return await classifier.classify(test)
    } finally {
      classifier.dispose()
    }
  }
}

/** Ratio of two balanced accuracies; 0 where the first is 0. */
function ratio([labels, real, made]: readonly Float64Array[]): number {
  const accuracy = (hits: Float64Array) => {
    const classes = [0, 1].map((label) => hits.filter((_, i) => labels![i] === label))
    return mean(classes.filter(({ length }) => length > 0).map(mean))
  }
  const base = accuracy(real!)
  return base === 0 ? 0 : accuracy(made!) / base
}
