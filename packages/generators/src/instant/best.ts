/** The best counterfactual of one concept so far. */
export class Best {
  /** [h w c] the smallest change that reaches the target; before there is one, what came nearest to it. */
  image: Float32Array
  /** Whether the image itself reaches the target, and whether its noisy copy does as well. */
  reach: "none" | "clean" | "robust" = "none"
  /** phi of `image`. */
  score: number
  /** Mean absolute change of `image`. */
  distance = 0
  /** Steps since the change became smaller by a hundredth. */
  idle = 0

  constructor(
    image: Float32Array,
    score: number,
    readonly alpha: number,
    readonly tolerance: number,
  ) {
    this.image = image
    this.score = score
    if (this.#near(score)) this.reach = "robust"
  }

  #near(score: number): boolean {
    return Math.abs(score - this.alpha) <= this.tolerance
  }

  /**
   * Looks at an iterate.
   * @param scores phi of the iterate, and of its noisy copy where there is one
   * @param distance mean absolute change
   * @param read the iterate, read only when it is kept
   * @returns whether it reaches the target, noisy copy included
   */
  offer(scores: readonly number[], distance: number, read: () => Float32Array): boolean {
    const score = scores[0] as number
    const reach = !this.#near(score) ? "none" : scores.every((one) => this.#near(one)) ? "robust" : "clean"
    const levels = ["none", "clean", "robust"]
    const step = levels.indexOf(reach) - levels.indexOf(this.reach)
    const better =
      step > 0 ||
      (step === 0 &&
        (reach === "none"
          ? Math.abs(score - this.alpha) < Math.abs(this.score - this.alpha)
          : distance < this.distance))
    const progress = step > 0 || (better && (reach === "none" || distance < 0.99 * this.distance))
    this.idle = progress ? 0 : this.idle + 1
    if (better) {
      this.image = read()
      this.score = score
      this.distance = distance
      this.reach = reach
    }
    return reach === "robust"
  }
}
