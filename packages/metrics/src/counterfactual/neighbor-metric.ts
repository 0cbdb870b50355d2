import { Metric, type MetricInput, type MetricResult } from "@ifnormal/core"
import type { FeatureExtractor } from "../features/extractor.js"
import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualSelection, selectRows } from "../selection.js"
import { ImageRows } from "./image-rows.js"
import { ImageSample } from "./image-sample.js"
import { vectors } from "./vectors.js"

export interface NeighborOptions {
  readonly bootstrap?: BootstrapOptions | undefined
  /** Compare features instead of pixels; a string says why there are none. */
  readonly extractor?: FeatureExtractor | string | undefined
  /** Images of each kind (normal, anomalous, counterfactual) at most, drawn at random by the bootstrap's seed. Default 1000. */
  readonly limit?: number | undefined
}

/** A test image that counterfactuals are compared to. */
export interface Reference {
  readonly vector: Float32Array
  readonly role: "normal" | "anomaly"
  /** Bounded score, where it was fed. */
  readonly phi: number | undefined
}

/** A counterfactual that is compared. */
export interface Query {
  readonly vector: Float32Array
  readonly image: number | undefined
  readonly alpha: number
}

/** Side of the images that are compared by pixels. */
const SIDE = 32

/**
 * Compares counterfactuals with test images. Holds at most `limit` of each kind until compute, in features, or in
 * pixels of images that were shrunk to at most 32 x 32 (block means): 12 kB an image.
 */
export abstract class NeighborMetric extends Metric {
  protected abstract readonly recipe: string
  private readonly references: Readonly<Record<"normal" | "anomaly", ImageSample<Reference>>>
  private readonly queries: ImageSample<Query>
  private readonly offered = { normal: 0, anomaly: 0, counterfactual: 0 }

  constructor(
    private readonly selection: CounterfactualSelection,
    private readonly options: NeighborOptions,
  ) {
    super()
    const sample = <T>() => new ImageSample<T>(options.limit ?? 1000, options.bootstrap?.seed ?? 1)
    this.references = { normal: sample(), anomaly: sample() }
    this.queries = sample()
  }

  /** "pixels of images up to 32 x 32" or the extractor's recipe. */
  protected get space(): string {
    const { extractor } = this.options
    return typeof extractor === "object"
      ? `features ${extractor.recipe}`
      : `pixels in [0, 1] of images shrunk to at most ${SIDE} x ${SIDE}`
  }

  /** One value per query, or why there are none. */
  protected abstract values(
    queries: readonly Query[],
    references: readonly Reference[],
  ): readonly number[] | string

  /** @throws DataError "metric-nan" */
  async update(input: MetricInput): Promise<void> {
    const { role, images } = input
    const rows =
      role === "counterfactual" ? selectRows(input, this.selection) : Array.from(input.scores.keys())
    if (rows.length === 0) return
    const { extractor } = this.options
    if (typeof extractor === "string") return
    const made = await vectors(images, rows, SIDE, extractor)
    rows.forEach((row, i) => {
      const at = this.offered[role]++
      const vector = made[i]!
      if (role === "counterfactual") {
        const { index, alpha } = input
        this.queries.offer(at, () => ({ vector, image: index?.[row], alpha: alpha[row]! }))
      } else this.references[role].offer(at, () => ({ vector, role, phi: input.phi?.[row] }))
    })
  }

  /** @throws DataError "metric-nan" */
  async compute(): Promise<MetricResult> {
    const queries = this.queries.entries().map(([, query]) => query)
    const [normal, anomaly] = (["normal", "anomaly"] as const).map((role) =>
      this.references[role].entries().map(([, reference]) => reference),
    )
    const { extractor } = this.options
    const values =
      typeof extractor === "string"
        ? extractor
        : queries.length === 0
          ? "There are no counterfactuals."
          : this.values(queries, [...normal!, ...anomaly!])
    if (typeof values === "string") return { value: Number.NaN, n: 0, skipped: values }
    const rows = new ImageRows()
    queries.forEach(({ image }, i) => {
      rows.add(image, [values[i]!])
    })
    return {
      ...rows.mean(this.options.bootstrap),
      n: queries.length,
      recipe: this.recipe,
      counts: { counterfactual: queries.length, normal: normal!.length, anomaly: anomaly!.length },
    }
  }

  reset(): void {
    for (const sample of [...Object.values(this.references), this.queries]) sample.clear()
    Object.assign(this.offered, { normal: 0, anomaly: 0, counterfactual: 0 })
  }
}
