import type { ImageSource } from "@ifnormal/core"
import { expect, test } from "vitest"
import { COLOR_NAMES, COLORS, colorize } from "./colored.js"
import { coloredMnist } from "./mnist.js"
import { memorySource } from "./source.js"
import { sha256 } from "./write.js"

/** Hue in degrees; undefined for gray. */
function hue([red, green, blue]: readonly [number, number, number]): number | undefined {
  const high = Math.max(red, green, blue)
  const span = high - Math.min(red, green, blue)
  if (span === 0) return undefined
  const sixth =
    high === red ? (green - blue) / span : high === green ? 2 + (blue - red) / span : 4 + (red - green) / span
  return (sixth * 60 + 360) % 360
}

const gray = (n: number): ImageSource =>
  memorySource({
    shape: [1, 2, 1],
    bytes: Uint8Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 255 : 101)),
    labels: new Int32Array(n),
  })

test("cyan is the only color near cyan's hue", () => {
  expect(hue(COLORS.cyan)).toBe(180)
  for (const name of COLOR_NAMES.filter((other) => other !== "cyan"))
    expect(Math.abs((hue(COLORS[name]) ?? 0) - 180), name).toBeGreaterThanOrEqual(60)
})

test("bytes are gray times color, whatever order they are read in", async () => {
  const source = colorize(gray(50), { seed: 3, purpose: "train" })
  expect([source.shape, source.attributeNames?.color]).toEqual([[1, 2, 3], COLOR_NAMES])
  const all = await source.read([...Array(50).keys()])
  for (const index of [0, 17, 49]) {
    const color = COLORS[COLOR_NAMES[source.attributes!.color![index]!]!]
    const expected = [101, 255].flatMap((value) => color.map((share) => Math.round(value * share)))
    expect([...all.subarray(index * 6, index * 6 + 6)]).toEqual(expected)
    expect([...(await source.read([index]))]).toEqual(expected)
  }
})

test("colors depend on seed and purpose only, and are uniform", () => {
  const colors = (seed: number, purpose: string) =>
    colorize(gray(20_000), { seed, purpose }).attributes!.color!
  expect(colors(1, "train")).toEqual(colors(1, "train"))
  expect(colors(1, "train")).not.toEqual(colors(2, "train"))
  expect(colors(1, "train")).not.toEqual(colors(1, "test"))
  const train = colors(1, "train")
  const counts = COLOR_NAMES.map((_, color) => train.filter((value) => value === color).length)
  // Binomial: deviation 42 around 2000.
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200)
})

test("unknown colors and sources that have colors are refused", () => {
  expect(() => colorize(gray(1), { seed: 1, purpose: "train", colors: ["teal"] })).toThrow(
    expect.objectContaining({ code: "color-unknown", message: expect.stringMatching(/"teal".*cyan/) }),
  )
  const rgb = colorize(gray(1), { seed: 1, purpose: "train" })
  expect(() => colorize(rgb, { seed: 1, purpose: "train" })).toThrow(
    expect.objectContaining({ code: "color-channels" }),
  )
})

test("Colored-MNIST is the same bytes for the same seed, for ever", async () => {
  const source = await coloredMnist({ seed: 1 }).test()
  expect([source.length, source.shape]).toEqual([10_000, [28, 28, 3]])
  // From this code on its first day: a change would make every run config mean other data.
  expect(sha256(await source.read([...Array(1000).keys()])).slice(0, 16)).toBe("7108dae4b61ed212")
})
