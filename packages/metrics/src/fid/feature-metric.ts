import { Metric, type MetricInput, type MetricResult } from "@ifnormal/core"
import type { FeatureExtractor } from "../features/extractor.js"
import type { BootstrapOptions } from "../intervals/options.js"
import { type Redraw, redraw } from "../intervals/redraw.js"
import { type CounterfactualSelection, selectionName, selectRows } from "../selection.js"
import { type FeatureMatrix, stackFeatures } from "./feature-matrix.js"
import { featureRows } from "./shared-features.js"

/** The sets that a feature metric compares, none smaller than it needs. */
export interface FeatureSets {
  readonly normal: FeatureMatrix
  readonly counterfactual: FeatureMatrix
  readonly anomaly: FeatureMatrix
  /** Draws images, the counterfactuals of one image (concepts) together. */
  readonly redraw: Readonly<Record<"normal" | "counterfactual" | "anomaly", Redraw>>
  /** [counterfactuals] which image each was made from. */
  readonly index: ArrayLike<number>
}

/** What metrics of feature vectors share: they compare counterfactuals with normal test images as sets. */
export abstract class FeatureMetric extends Metric {
  readonly name: string
  private rows = noRows()
  private index: number[] = []

  /**
   * @param extractor whoever made it disposes it; a text says why there is none, and is the reason for skipping
   * @param selection default alpha = 0, all concepts pooled
   */
  constructor(
    title: string,
    private readonly source: FeatureExtractor | string,
    private readonly selection: CounterfactualSelection = { alpha: 0 },
    protected readonly bootstrap?: BootstrapOptions,
  ) {
    super()
    this.name = `${title}${selectionName(selection)}`
  }

  /** There where `measure` is called. */
  protected get extractor(): FeatureExtractor {
    return this.source as FeatureExtractor
  }

  /** Sets that it looks at. */
  protected readonly roles: readonly MetricInput["role"][] = ["counterfactual", "normal"]
  /** Fewest images of each set, and why. */
  protected abstract readonly least: { readonly images: number; readonly because: string }
  protected abstract measure(sets: FeatureSets): Promise<Omit<MetricResult, "n" | "counts">>

  /** @throws as the extractor, such as DataError "metric-images" */
  async update(input: MetricInput): Promise<void> {
    if (typeof this.source === "string" || !this.roles.includes(input.role)) return
    const counterfactual = input.role === "counterfactual"
    const rows = counterfactual
      ? selectRows(input, this.selection)
      : Array.from({ length: input.images.shape[0] }, (_, row) => row)
    if (rows.length === 0) return
    const features = await featureRows(this.source, input.images, rows)
    for (const [i, vector] of features.entries()) {
      this.rows[input.role].push(vector)
      if (counterfactual) this.index.push(input.index?.[rows[i]!] ?? -1 - this.index.length)
    }
  }

  /** n counts the images of all sets. @throws DataError "metric-nan" */
  async compute(): Promise<MetricResult> {
    if (typeof this.source === "string") return { value: Number.NaN, n: 0, skipped: this.source }
    const { images, because } = this.least
    for (const role of this.roles) {
      const found = this.rows[role].length
      if (found < images) {
        const what =
          found === 0 ? "There are no" : `There ${found === 1 ? "is 1 image" : `are ${found}`} among the`
        const why = found === 0 ? "." : `, at least ${images} are needed: ${because}.`
        return { value: Number.NaN, n: 0, skipped: `${what} ${names[role]}${why}` }
      }
    }
    const set = (role: MetricInput["role"]) => stackFeatures(this.rows[role], this.extractor.dimensions)
    const draw = (role: MetricInput["role"]) =>
      this.rows[role].length > 0
        ? redraw(this.rows[role].length, role === "counterfactual" ? this.index : undefined)
        : () => {}
    const result = await this.measure({
      normal: set("normal"),
      counterfactual: set("counterfactual"),
      anomaly: set("anomaly"),
      redraw: { normal: draw("normal"), counterfactual: draw("counterfactual"), anomaly: draw("anomaly") },
      index: this.index,
    })
    const counts = Object.fromEntries(this.roles.map((role) => [role, this.rows[role].length]))
    const n = Object.values(counts).reduce((sum, count) => sum + count, 0)
    return { ...result, n, counts }
  }

  reset(): void {
    this.rows = noRows()
    this.index = []
  }
}

const names = { normal: "normal images", counterfactual: "counterfactuals", anomaly: "anomalies" }
const noRows = () => ({
  normal: [] as Float32Array[],
  counterfactual: [] as Float32Array[],
  anomaly: [] as Float32Array[],
})
