/** Generators that need no training. */
export const INSTANT = ["gradient", "nearest", "search"] as const
export type InstantName = (typeof INSTANT)[number]
