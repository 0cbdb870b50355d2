import { mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { LETTERS, letters, type RenderedLetters, renderLetters } from "./letters.js"
import { readMnist } from "./mnist.js"
import { sha256 } from "./write.js"

const N = 600
let folder: string
let rendered: RenderedLetters
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ifnormal-letters-"))
  rendered = await renderLetters(N, { seed: 1, part: "train" })
})
afterAll(() => rm(folder, { recursive: true }))

interface Look {
  ink: number
  stroke: number
  /** Share of the ink pixels that is neither dark nor full. */
  soft: number
  offCenter: number
  longest: number
}

/** Means over images of 28 x 28 gray bytes. */
function look(bytes: Uint8Array, n: number): Look {
  const sum: Look = { ink: 0, stroke: 0, soft: 0, offCenter: 0, longest: 0 }
  for (let i = 0; i < n; i++) {
    const image = bytes.subarray(i * 784, (i + 1) * 784)
    const at = (x: number, y: number) => image[y * 28 + x] ?? 0
    let [mass, edge, inked, soft, mx, my] = [0, 0, 0, 0, 0, 0]
    let [left, right, top, bottom] = [28, -1, 28, -1]
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 28; x++) {
        const value = at(x, y)
        mass += value
        mx += value * x
        my += value * y
        if (x < 27 && y < 27) edge += Math.hypot(at(x + 1, y) - value, at(x, y + 1) - value)
        if (value <= 25) continue
        inked++
        if (value < 230) soft++
        left = Math.min(left, x)
        right = Math.max(right, x)
        top = Math.min(top, y)
        bottom = Math.max(bottom, y)
      }
    sum.ink += mass / 784 / 255 / n
    // Area over half the outline: the mean thickness of a stroke.
    sum.stroke += (2 * mass) / edge / n
    sum.soft += soft / inked / n
    sum.offCenter += Math.hypot(mx / mass - 13.5, my / mass - 13.5) / n
    sum.longest += (Math.max(right - left, bottom - top) + 1) / n
  }
  return sum
}

test("letters look like MNIST's digits: ink, stroke thickness, softness, size, centering", async () => {
  const digits = await (await readMnist().train()).read([...Array(N).keys()])
  const [letter, digit] = [look(rendered.bytes, N), look(digits, N)]
  expect(letter.ink / digit.ink).toBeGreaterThan(0.85)
  expect(letter.ink / digit.ink).toBeLessThan(1.25)
  expect(Math.abs(letter.stroke - digit.stroke)).toBeLessThan(0.3)
  expect(Math.abs(letter.soft - digit.soft)).toBeLessThan(0.1)
  expect(Math.abs(letter.longest - digit.longest)).toBeLessThan(1)
  expect(letter.offCenter).toBeLessThan(1.2)
})

test("every letter of the list occurs, none that looks like a one, and all have ink", () => {
  expect(LETTERS).not.toMatch(/[Iil]/)
  expect(new Set(rendered.labels).size).toBe(LETTERS.length)
  for (let i = 0; i < N; i++)
    expect(Math.max(...rendered.bytes.subarray(i * 784, (i + 1) * 784))).toBeGreaterThan(150)
})

test("letter i depends on seed, part and i only", async () => {
  const few = await renderLetters(20, { seed: 1, part: "train" })
  expect(sha256(few.bytes)).toBe(sha256(rendered.bytes.subarray(0, 20 * 784)))
  expect([...few.labels]).toEqual([...rendered.labels.subarray(0, 20)])
  const other = await renderLetters(20, { seed: 2, part: "train" })
  expect(sha256(other.bytes)).not.toBe(sha256(few.bytes))
})

test("the data set is colored, cached in one file, and a broken cache is drawn again", async () => {
  const seen: number[] = []
  const options = { count: 30, testCount: 10, seed: 5, cacheDir: join(folder, "cache") }
  const first = await letters({ ...options, onProgress: (_, done) => seen.push(done) }).train()
  expect([first.shape, first.length, seen.at(-1)]).toEqual([[28, 28, 3], 30, 30])
  const bytes = await first.read([0, 29])
  const files = await readdir(options.cacheDir)
  expect(files).toHaveLength(1)
  const drawn: number[] = []
  const again = await letters({ ...options, onProgress: (_, done) => drawn.push(done) }).train()
  expect([await again.read([0, 29]), drawn]).toEqual([bytes, []])
  await truncate(join(options.cacheDir, files[0]!), 100)
  const repaired = await letters(options).train()
  expect(await repaired.read([0, 29])).toEqual(bytes)
  expect((await readFile(join(options.cacheDir, files[0]!))).length).toBe(32 + 30 * 785)
})

test("gray letters have one channel; a bad count and an unwritable cache are told", async () => {
  const gray = await letters({ count: 2, colored: false, seed: 1 }).train()
  expect([gray.shape, gray.attributes]).toEqual([[28, 28, 1], undefined])
  await expect(letters({ count: 0, seed: 1 }).train()).rejects.toMatchObject({ code: "letters-count" })
  await expect(letters({ count: 1, seed: 1, cacheDir: "/dev/null/x" }).train()).rejects.toMatchObject({
    code: "not-writable",
  })
})

test("damaged letters have lost ink, never nearly all of it, and whole ones are as they were", async () => {
  const whole = await renderLetters(200, { seed: 3, part: "train" })
  const damaged = await renderLetters(200, { seed: 3, part: "train", damaged: 1 })
  const ink = ({ bytes }: { bytes: Uint8Array }, i: number) =>
    bytes.subarray(i * 784, (i + 1) * 784).reduce((sum, value) => sum + value, 0)
  const left = Array.from({ length: 200 }, (_, i) => ink(damaged, i) / ink(whole, i))
  expect(Math.min(...left)).toBeGreaterThanOrEqual(0.15)
  expect(Math.max(...left)).toBeLessThanOrEqual(1)
  const mean = left.reduce((sum, share) => sum + share, 0) / left.length
  expect(mean).toBeGreaterThan(0.4)
  expect(mean).toBeLessThan(0.85)
})
