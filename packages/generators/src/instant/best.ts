/** The best counterfactual of one concept so far. */
export class Best {
  /** [h w c] the smallest change that reaches the target; before there is one, what came nearest to it. */
  image: Float32Array
  /** "robust": reaches the target as asked, with noise where there is noise. "clean": only without. */
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
   * @param score phi of the iterate, or of its noisy copy
   * @param distance mean absolute change
   * @param asked whether the score was taken as asked; otherwise without noise, since with noise nothing was found
   * @param read the iterate, read only when it is kept
   * @returns whether it reaches the target
   */
  offer(score: number, distance: number, asked: boolean, read: () => Float32Array): boolean {
    const reach = !this.#near(score) ? "none" : asked ? "robust" : "clean"
    const step = levels.indexOf(reach) - levels.indexOf(this.reach)
    const nearer = Math.abs(score - this.alpha) < Math.abs(this.score - this.alpha)
    const better = step > 0 || (step === 0 && (reach === "none" ? nearer : distance < this.distance))
    const progress = step > 0 || (better && (reach === "none" || distance < 0.99 * this.distance))
    this.idle = progress ? 0 : this.idle + 1
    if (better) {
      this.image = read()
      this.score = score
      this.distance = distance
      this.reach = reach
    }
    return reach !== "none"
  }

  /** Takes the score without noise. */
  confirm(score: number): void {
    this.score = score
    if (!this.#near(score)) this.reach = "none"
  }
}

const levels = ["none", "clean", "robust"]
