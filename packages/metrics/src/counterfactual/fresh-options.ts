import type { BootstrapOptions } from "../intervals/options.js"

/** How a metric trains and tests a classifier of its own. */
export interface FreshOptions {
  readonly bootstrap?: BootstrapOptions | undefined
  /** Of first weights, order, split and the drawn images. Default: the bootstrap's. */
  readonly seed?: number | undefined
  /** Passes over the training part, default 10 (DISSECT's). */
  readonly epochs?: number | undefined
  /** Test images of a kind used at most, drawn at random. Default 1000. */
  readonly limit?: number | undefined
}

/** `FreshOptions` with their defaults. */
export function freshDefaults({ bootstrap, seed, epochs = 10, limit = 1000 }: FreshOptions) {
  return { seed: seed ?? bootstrap?.seed ?? 1, epochs, limit }
}

/** Share of the images that a classifier is tested on; DISSECT's test ratio. */
export const TEST_SHARE = 0.25

/** Largest side of the images that a classifier sees. */
export const SIDE = 64
