import { DataError, type Dataset, type ImageSource } from "@ifnormal/core"
import { randomOf } from "./random.js"
import { checkIndex } from "./source.js"

/**
 * The ten colors by name, RGB in [0, 1]. Our choice (the paper names cyan, red and pink only). No other color is within
 * 55 degrees of cyan's hue of 180 degrees, so that hue alone tells who is cyan.
 */
export const COLORS = {
  cyan: [0, 1, 1],
  red: [1, 0, 0],
  green: [0, 1, 0],
  blue: [0, 0, 1],
  yellow: [1, 1, 0],
  magenta: [1, 0, 1],
  orange: [1, 0.5, 0],
  violet: [0.6, 0.3, 1],
  gray: [0.6, 0.6, 0.6],
  lightgreen: [0.5, 1, 0.5],
} as const satisfies Record<string, readonly [number, number, number]>

export type ColorName = keyof typeof COLORS
export const COLOR_NAMES = Object.keys(COLORS) as ColorName[]

/**
 * A gray source with a color per image, drawn uniformly by `seed`: attribute "color". Gray bytes are kept, the color is
 * applied in `read`, as byte * color rounded.
 * @param purpose separates the draws of several parts of one data set, e.g. "train" and "test"
 * @throws DataError `color-channels` when the source is not gray, `color-unknown` for a color without a name here
 */
export function colorize(
  source: ImageSource,
  options: { readonly seed: number; readonly purpose: string; readonly colors?: readonly string[] },
): ImageSource {
  const names = options.colors ?? COLOR_NAMES
  for (const name of names)
    if (!Object.hasOwn(COLORS, name))
      throw new DataError({
        code: "color-unknown",
        message: `Unknown color "${name}". Known: ${COLOR_NAMES.join(", ")}.`,
        next: "Use a color of this list.",
      })
  const [height, width, channels] = source.shape
  if (channels !== 1)
    throw new DataError({
      code: "color-channels",
      message: `Only gray images can be colored: found ${channels} channels, expected 1.`,
      next: "Color the gray source, not one that already has colors.",
    })
  const random = randomOf(options.seed, "color", options.purpose)
  const color = Int32Array.from({ length: source.length }, () => random.int(names.length))
  const table = names.map((name) =>
    COLORS[name as ColorName].map((share) =>
      Uint8Array.from({ length: 256 }, (_, gray) => Math.round(gray * share)),
    ),
  )
  return {
    shape: [height, width, 3],
    length: source.length,
    labels: source.labels,
    attributes: { ...source.attributes, color },
    attributeNames: { ...source.attributeNames, color: [...names] },
    async read(indices) {
      for (const index of indices) checkIndex(index, source.length)
      const gray = await source.read(indices)
      const size = height * width
      const out = new Uint8Array(gray.length * 3)
      for (const [row, index] of indices.entries()) {
        const [red, green, blue] = table[color[index]!]!
        for (let i = row * size, o = row * size * 3; i < (row + 1) * size; i++, o += 3) {
          const value = gray[i]!
          out[o] = red![value]!
          out[o + 1] = green![value]!
          out[o + 2] = blue![value]!
        }
      }
      return out
    },
  }
}

/** `dataset` with every image in a color drawn by `seed`; classes stay, attribute "color" is added. */
export function colored(
  dataset: Dataset,
  options: { readonly seed: number; readonly name: string; readonly colors?: readonly string[] },
): Dataset {
  const { seed, colors } = options
  let train: Promise<ImageSource> | undefined
  let test: Promise<ImageSource> | undefined
  return {
    name: options.name,
    classNames: dataset.classNames,
    license: dataset.license,
    train: () =>
      (train ??= dataset
        .train()
        .then((source) => colorize(source, { seed, purpose: "train", ...(colors && { colors }) }))),
    test: () =>
      (test ??= dataset
        .test()
        .then((source) => colorize(source, { seed, purpose: "test", ...(colors && { colors }) }))),
  }
}
