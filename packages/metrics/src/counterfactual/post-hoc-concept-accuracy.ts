import { Metric, type MetricInput, type MetricResult, stream } from "@ifnormal/core"
import { type CounterfactualSelection, selectionName, selectRows } from "../selection.js"
import { shuffled, trainClassifier } from "./fresh-classifier.js"
import { type FreshOptions, freshDefaults, SIDE, TEST_SHARE } from "./fresh-options.js"
import { ImageRows } from "./image-rows.js"
import { ImageSample } from "./image-sample.js"
import { checkPair } from "./pixels.js"
import { shrunk } from "./shrink.js"

/**
 * Whether concepts can be told apart by someone who did not train with the generator: a small classifier is trained from
 * scratch on pairs (original, counterfactual) -> concept, on three quarters of the test images, and its accuracy is
 * measured on the others. DISSECT's "distinct" metric (Ghandeharioun et al. 2022); chance is 1/K. Deviations: the split
 * is by image (DISSECT splits pairs, so pairs of one image are on both sides), softmax over concepts at one alpha
 * (DISSECT: sigmoid per concept, all alphas), a smaller network (`trainClassifier`), images of at most 64 x 64 as bytes.
 * So marks below half a gray level, which R may read, are gone; marks of one gray level are not, and a classifier sees
 * what no person does: `Distinctness` and `IndistinctConcepts` stand beside it. Needs `index`. Default alpha = 0.
 * Holds at most `limit` images: 9 MB for 1000 of 28 x 28 x 3 with two concepts. Training runs in compute.
 */
export class PostHocConceptAccuracy extends Metric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  private readonly sample: ImageSample<Map<number, Uint8Array>>
  private readonly seed: number
  private readonly epochs: number
  private shape: readonly [number, number, number] = [0, 0, 0]
  private skipped: string | undefined

  constructor(
    private readonly selection: Required<Pick<CounterfactualSelection, "alpha">> = { alpha: 0 },
    private readonly options: FreshOptions = {},
  ) {
    super()
    const { seed, epochs, limit } = freshDefaults(options)
    this.seed = seed
    this.epochs = epochs
    this.sample = new ImageSample(limit, seed)
    this.name = `Post-hoc concept accuracy${selectionName(selection)}`
  }

  /** @throws ShapeError "shape-images", DataError "metric-nan" */
  async update(input: MetricInput): Promise<void> {
    if (input.role !== "counterfactual") return
    const rows = selectRows(input, this.selection)
    if (rows.length === 0) return
    if (!input.index) {
      this.skipped = "The input does not say which counterfactuals are of one image (index)."
      return
    }
    const { images, originals, index, concept } = input
    checkPair(originals, images, "Originals")
    const [made, source] = [await shrunk(images, SIDE), await shrunk(originals, SIDE)]
    const [height, width, channels] = made.shape
    this.shape = [height, width, 2 * channels]
    for (const row of rows) {
      const held = this.sample.offer(index[row]!, () => new Map())
      if (!held?.has(concept[row]!))
        held?.set(concept[row]!, paired(source.image(row), made.image(row), channels))
    }
  }

  async compute(): Promise<MetricResult> {
    const images = this.sample.entries()
    const concepts = [...new Set(images.flatMap(([, held]) => [...held.keys()]))].sort((a, b) => a - b)
    const skipped =
      this.skipped ??
      (images.length === 0
        ? "There are no counterfactuals."
        : concepts.length < 2
          ? "There is one concept only."
          : images.length < 4
            ? `There are counterfactuals of ${images.length} images, fewer than the 4 that a classifier is trained and tested on.`
            : undefined)
    if (skipped) return { value: Number.NaN, n: 0, skipped }
    const order = shuffled(images.length, stream(this.seed, "post-hoc split")).map((at) => images[at]!)
    const tested = order.slice(0, Math.max(1, Math.round(TEST_SHARE * images.length)))
    const examples = (part: typeof order) =>
      part.flatMap(([image, held]) =>
        [...held].map(([concept, pair]) => ({ image, label: concepts.indexOf(concept), pair })),
      )
    const [train, test] = [examples(order.slice(tested.length)), examples(tested)]
    const classifier = await trainClassifier(
      {
        shape: this.shape,
        images: train.map(({ pair }) => pair),
        labels: train.map(({ label }) => label),
        pairs: true,
      },
      { classes: concepts.length, seed: this.seed, epochs: this.epochs },
    )
    const found = await classifier.classify(test.map(({ pair }) => pair))
    classifier.dispose()
    const rows = new ImageRows()
    test.forEach(({ image, label }, i) => {
      rows.add(image, [found[i] === label ? 1 : 0])
    })
    const recipe = `fresh CNN on (x, CE) -> k, trained on other images, ${this.shape[0]} x ${this.shape[1]} pixels, ${this.epochs} epochs, seed ${this.seed}`
    return {
      ...rows.share(recipe, this.options.bootstrap),
      n: rows.length,
      counts: { original: tested.length, "training original": images.length - tested.length },
    }
  }

  reset(): void {
    this.sample.clear()
    this.skipped = undefined
  }
}

/** Channels of two images, one behind the other at each pixel. */
function paired(first: Uint8Array, second: Uint8Array, channels: number): Uint8Array {
  const pair = new Uint8Array(2 * first.length)
  for (let from = 0; from < first.length; from += channels) {
    pair.set(first.subarray(from, from + channels), 2 * from)
    pair.set(second.subarray(from, from + channels), 2 * from + channels)
  }
  return pair
}
