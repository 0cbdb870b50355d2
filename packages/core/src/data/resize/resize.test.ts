import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { formulaImage } from "../../../../../tools/reference/formula.mjs"
import { type FloatResize, resizeFloat } from "./float.js"
import { type PillowFilter, resizePillow } from "./pillow.js"

interface Sample {
  readonly stride: number
  readonly values: readonly number[]
  readonly mean: number
}
interface Case {
  readonly name: string
  readonly shape: [number, number, number]
  readonly size: [number, number]
  readonly results: Readonly<Record<string, Sample>>
}
const golden = JSON.parse(readFileSync(new URL("__golden__/resize.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[]
}
const titled = golden.cases.map(
  (entry) => [`${entry.shape.join("x")} to ${entry.size.join("x")}`, entry] as const,
)

/** Largest distance of the kept values, and the distance of the means. */
function distances(found: Uint8Array | Float32Array, { stride, values, mean }: Sample): [number, number] {
  const kept = values.map((value, i) => Math.abs(value - found[i * stride]!))
  const sum = Array.from(found).reduce((total, value) => total + value, 0)
  return [Math.max(...kept), Math.abs(sum / found.length - mean)]
}

const floats: FloatResize[] = ["tensorflow-bilinear", "torch-bilinear", "torch-bilinear-antialias"]
const filters: PillowFilter[] = ["bilinear", "bicubic", "lanczos"]

test.each(titled)(
  "%s: floats are those of torch-fidelity and PyTorch",
  (_, { name, shape, size, results }) => {
    const image = formulaImage(name, shape)
    for (const method of floats) {
      const [most, mean] = distances(resizeFloat(image, shape, size, method), results[method]!)
      expect(most, method).toBeLessThanOrEqual(1e-4)
      expect(mean, method).toBeLessThanOrEqual(1e-4)
    }
  },
)

test.each(titled)("%s: bytes are those of Pillow", (_, { name, shape, size, results }) => {
  const image = formulaImage(name, shape)
  for (const filter of filters) {
    const [most, mean] = distances(resizePillow(image, shape, size, filter), results[`pillow-${filter}`]!)
    expect(most, filter).toBe(0)
    expect(mean, filter).toBeLessThanOrEqual(1e-7)
  }
})

test.each(titled)("%s: PyTorch's antialiased bytes are Pillow's to one level", (_, entry) => {
  const image = formulaImage(entry.name, entry.shape)
  const found = resizePillow(image, entry.shape, entry.size, "bilinear")
  const [most] = distances(found, entry.results["torch-bilinear-antialias-bytes"]!)
  expect(most).toBeLessThanOrEqual(1)
})

test("an image of another length than its shape is refused", () => {
  expect(() => resizeFloat(new Uint8Array(11), [2, 2, 3], [4, 4], "torch-bilinear")).toThrow(
    expect.objectContaining({ code: "resize-shape" }),
  )
  expect(() => resizePillow(new Uint8Array(0), [0, 2, 3], [4, 4], "bicubic")).toThrow(
    expect.objectContaining({ code: "resize-shape" }),
  )
})
