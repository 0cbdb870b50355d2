// Signed change maps. Pure, used by Node for the first picture and by the page for the others.

/** Pixels that differ by more than this (of 1) count as changed. Our choice. */
export const changeThreshold = 0.1

/** "luminance", or the index of a channel. */
export type ChangeChannel = "luminance" | number

/** Value in [0, 1] of pixel `i` of RGBA bytes; luminance with the weights of Rec. 709. */
function value(rgba: ArrayLike<number>, i: number, channel: ChangeChannel): number {
  if (channel !== "luminance") return rgba[4 * i + channel]! / 255
  return (0.2126 * rgba[4 * i]! + 0.7152 * rgba[4 * i + 1]! + 0.0722 * rgba[4 * i + 2]!) / 255
}

/** Blue (-1, darker) over white (0) to red (1, brighter). */
export function changeColor(difference: number): [number, number, number] {
  const strength = Math.min(1, Math.abs(difference)) ** 0.8
  const end = difference < 0 ? [23, 78, 166] : [190, 24, 40]
  return end.map((c) => Math.round(255 + (c - 255) * strength)) as [number, number, number]
}

/**
 * Counterfactual minus original per pixel, on one fixed scale from -1 to 1 for all images.
 * Both are RGBA bytes of one image; returns RGBA bytes and the share of pixels above `changeThreshold`.
 */
export function changeMap(
  original: ArrayLike<number>,
  counterfactual: ArrayLike<number>,
  channel: ChangeChannel,
): { rgba: Uint8ClampedArray<ArrayBuffer>; changed: number } {
  const pixels = original.length / 4
  const rgba = new Uint8ClampedArray(original.length)
  let changed = 0
  for (let i = 0; i < pixels; i++) {
    const difference = value(counterfactual, i, channel) - value(original, i, channel)
    if (Math.abs(difference) > changeThreshold) changed++
    rgba.set([...changeColor(difference), 255], 4 * i)
  }
  return { rgba, changed: changed / pixels }
}
