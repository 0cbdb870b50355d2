import { refuseNaN } from "../numbers.js"
import { type CounterfactualSelection, selectionName } from "../selection.js"
import { nearest } from "./nearest.js"
import { NeighborMetric, type NeighborOptions, type Query, type Reference } from "./neighbor-metric.js"

export interface YnnOptions extends NeighborOptions {
  /** Neighbors that are looked at, default 5 (CARLA's). */
  readonly k?: number
  /** What a test image's label is: the detector's decision at phi = 0.5 (default, as CARLA), or the data set's. */
  readonly labels?: "detector" | "given"
}

/**
 * yNN as CARLA (Pawelczyk et al. 2021) defines it: share of a counterfactual's k nearest test images, normal and
 * anomalous, that have the label it aims at (normal for alpha < 0.5), mean over counterfactuals. The original is among
 * the anomalies, so a counterfactual that hardly moved has it as a neighbor. Ours where CARLA is silent: test images
 * instead of the whole data set, root mean squared pixels (CARLA: tabular features, Euclidean as well). Depends on how
 * many images of each kind were fed: see `counts`. A share of the normal images near 1 in a set of which 99 % are
 * normal shows nothing. Default alpha = 0.
 */
export class Ynn extends NeighborMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly recipe: string
  private readonly k: number
  private readonly labels: "detector" | "given"

  constructor(selection: CounterfactualSelection = { alpha: 0 }, options: YnnOptions = {}) {
    super(selection, options)
    this.k = options.k ?? 5
    this.labels = options.labels ?? "detector"
    this.name = `yNN, k = ${this.k}${options.extractor ? ", features" : ""}${selectionName(selection)}`
    const label = this.labels === "detector" ? "phi < 0.5 is normal" : "labels of the data set"
    this.recipe = `share of the ${this.k} nearest test images with the target's label (${label}), Euclidean, ${this.space}`
  }

  protected values(queries: readonly Query[], references: readonly Reference[]): readonly number[] | string {
    for (const role of ["normal", "anomaly"] as const)
      if (!references.some((reference) => reference.role === role))
        return role === "normal" ? "There are no normal images." : "There are no anomalies."
    if (references.length < this.k)
      return `There are ${references.length} test images, fewer than k = ${this.k} neighbors.`
    if (this.labels === "detector") {
      const scores = references.flatMap(({ phi }) => (phi === undefined ? [] : [phi]))
      if (scores.length < references.length) return "The bounded scores of the test images were not fed."
      refuseNaN(scores, "bounded scores of test images")
    }
    const vectors = references.map(({ vector }) => vector)
    const normal = references.map(({ role, phi }) =>
      this.labels === "given" ? role === "normal" : phi! < 0.5,
    )
    return queries.map(({ vector, alpha }) => {
      const hits = nearest(vector, vectors, this.k).filter(({ row }) => normal[row] === alpha < 0.5)
      return hits.length / this.k
    })
  }
}
