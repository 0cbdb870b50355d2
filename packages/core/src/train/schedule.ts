/** Factor on the learning rate at a step, 0-based. A function of step and steps only, so training can be resumed. */
export type Schedule = (step: number, steps: number) => number

/** 1, then `factor` from `at` of the steps on. */
export const stepDecay =
  (at: number, factor: number): Schedule =>
  (step, steps) =>
    step < Math.round(at * steps) ? 1 : factor

/** Half a cosine from 1 to `last`, after a linear rise over the first `warmup` steps. */
export const cosine =
  (last: number, warmup = 0): Schedule =>
  (step, steps) =>
    ((1 - last) * (0.5 + 0.5 * Math.cos((Math.PI * step) / steps)) + last) *
    Math.min(1, (step + 1) / Math.max(1, warmup))
