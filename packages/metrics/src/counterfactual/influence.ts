import type { BootstrapOptions } from "../intervals/options.js"
import { mean } from "../numbers.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { constant, pearson, spearman } from "./correlation.js"
import type { ImageRows } from "./image-rows.js"
import { type Row, RowMetric } from "./row-metric.js"

/** How the score follows its target: two correlations, mean squared error, and Kullback-Leibler divergence in nats. */
export type InfluenceMeasure = "pearson" | "spearman" | "mse" | "kl"

const titles = { pearson: "Pearson", spearman: "Spearman", mse: "MSE", kl: "KL" } as const
const recipes = {
  pearson: "Pearson correlation of alpha and phi(CE) over all CEs",
  spearman: "Spearman correlation of alpha and phi(CE) over all CEs, ties at mean ranks",
  mse: "mean of (phi(CE) - alpha)^2",
  kl: "mean KL divergence of Bernoulli(alpha) to Bernoulli(phi(CE)) in nats, phi clipped to [1e-7, 1 - 1e-7]",
} as const

/** Keeps a score of exactly 0 or 1 from an infinite divergence (our choice; DISSECT lets infinities through). */
const CLIP = 1e-7

/**
 * Influence, as DISSECT (Ghandeharioun et al. 2022, "influential") measures it: how phi of the counterfactuals follows
 * the requested alpha over the traversal, all images and concepts pooled; `concept` gives DISSECT's per-concept rows.
 * Feed several alphas, such as 0, 0.25, 0.5, 0.75, 1. A correlation without two different targets or scores is skipped;
 * where a bootstrap draw has no two, it counts 0 there. High influence says nothing of realism: adversarial images
 * follow alpha as well.
 */
export class Influence extends RowMetric {
  readonly name: string
  readonly ideal: number
  readonly higherIsBetter: boolean
  readonly unit: "distance" | undefined
  protected readonly recipe: string
  private readonly correlates: boolean

  constructor(
    selection: CounterfactualSelection = {},
    private readonly measure: InfluenceMeasure = "pearson",
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    this.name = `Influence, ${titles[measure]}${selectionName(selection)}`
    this.correlates = measure === "pearson" || measure === "spearman"
    this.ideal = this.correlates ? 1 : 0
    this.higherIsBetter = this.correlates
    this.unit = this.correlates ? undefined : "distance"
    this.recipe = recipes[measure]
  }

  protected async row({ alpha, phi }: CounterfactualInput): Promise<readonly Row[]> {
    return Array.from(alpha, (target, row) => [target, phi[row]!])
  }

  protected override refusal([alpha, phi]: readonly Float64Array[]): string | undefined {
    if (!this.correlates) return undefined
    if (constant(alpha!)) return `Every counterfactual has the same target, ${alpha![0]}.`
    return constant(phi!) ? `Every counterfactual has the same score, ${phi![0]}.` : undefined
  }

  protected summary(rows: ImageRows, bootstrap?: BootstrapOptions) {
    return rows.result(this.statistic, bootstrap)
  }

  private readonly statistic = ([alpha, phi]: readonly Float64Array[]): number => {
    if (this.measure === "mse") return mean(alpha!.map((target, i) => (target - phi![i]!) ** 2))
    if (this.measure === "kl") return mean(alpha!.map((target, i) => divergence(target, phi![i]!)))
    const found = this.measure === "pearson" ? pearson(alpha!, phi!) : spearman(alpha!, phi!)
    return Number.isNaN(found) ? 0 : found
  }
}

/** KL divergence of Bernoulli(p) to Bernoulli(q). */
function divergence(p: number, q: number): number {
  const clipped = Math.min(1 - CLIP, Math.max(CLIP, q))
  const term = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b))
  return term(p, clipped) + term(1 - p, 1 - clipped)
}
