import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeModel } from "@ifnormal/onnx"
import { beforeAll, expect, test } from "vitest"
import { encodePng } from "../src/png.js"
import { type Finished, ifnormal } from "./support.js"

let cwd: string

/** A picture of one color with a corner of another, and its size. */
function picture(path: string, [red, green, blue]: readonly [number, number, number], side: number): void {
  const data = Float32Array.from({ length: side * side * 3 }, (_, i) =>
    i < side * 3 ? 1 : [red, green, blue][i % 3]! / 255,
  )
  writeFileSync(join(cwd, path), encodePng({ shape: [side, side, 3], data }))
}

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "ifnormal-fid-"))
  for (const folder of ["red", "blue", "one", "none", "broken"]) mkdirSync(join(cwd, folder))
  for (let i = 0; i < 8; i++) {
    picture(`red/${i}.png`, [200 + i, 10 * i, 30], 16 + i)
    picture(`blue/${i}.png`, [20, 5 * i, 180 + 3 * i], 20)
  }
  picture("one/0.png", [1, 2, 3], 8)
  copyFileSync(join(cwd, "red/0.png"), join(cwd, "broken/a.png"))
  copyFileSync(join(cwd, "red/1.png"), join(cwd, "broken/b.png"))
  writeFileSync(join(cwd, "broken/c.png"), "this is no picture")
  writeFileSync(join(cwd, "none/notes.txt"), "no image")
  writeFileSync(
    join(cwd, "mean.onnx"),
    encodeModel({
      nodes: [{ op: "ReduceMean", inputs: ["x"], outputs: ["y"], attributes: { axes: [2, 3], keepdims: 0 } }],
      inputs: [{ name: "x", type: "float32", dims: ["n", 3, 32, 32] }],
      outputs: [{ name: "y", type: "float32", dims: ["n", 3] }],
      initializers: [],
      opsets: { "": 13 },
      irVersion: 8,
    }),
  )
})

const fid = (...args: string[]): Promise<Finished> => ifnormal(cwd, "fid", ...args)
const byMean = ["--extractor", "mean.onnx"]

test("two folders of pictures of several sizes give six numbers, and the second time from the cache", async () => {
  const first = await fid("red", "blue", ...byMean, "--json", "--seed", "7")
  expect(first.code, first.stderr).toBe(0)
  const result = JSON.parse(first.stdout)
  expect(result.metrics.map(({ name }: { name: string }) => name)).toEqual([
    "FID",
    "KID",
    "precision",
    "recall",
    "density",
    "coverage",
  ])
  for (const { value, counts, recipe } of result.metrics) {
    expect(value).toEqual(expect.any(Number))
    expect(counts).toEqual({ generated: 8, real: 8 })
    expect(recipe).toMatch(/^custom:[0-9a-f]{12}$/)
  }
  expect(result.metrics[0].value).toBeGreaterThan(0.5)
  for (const { value, interval, seed } of result.metrics.slice(0, 2)) {
    expect(interval[0]).toBeLessThanOrEqual(value)
    expect(interval[1]).toBeGreaterThanOrEqual(value)
    expect(seed).toBe(7)
  }
  expect(result.metrics[2]).toMatchObject({ value: 0, interval: [0, 0], seed: 7, level: 0.95, draws: 1000 })
  expect(result.warnings.join()).toMatch(/Sizes differ \(8 sizes and 20x20; height x width\)/)
  expect(result.cache).toEqual({ found: 0, computed: 16 })
  const second = await fid("red", "blue", ...byMean, "--json", "--seed", "7")
  const again = JSON.parse(second.stdout)
  expect(again.cache).toEqual({ found: 16, computed: 0 })
  expect(again.metrics).toEqual(result.metrics)
})

test("a picture that cannot be read is named and left out, or stops under --strict", async () => {
  const { code, stdout, stderr } = await fid("broken", "red", ...byMean, "--no-cache")
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/Left out .*broken\/c\.png/)
  expect(stdout).toMatch(/left out 1/)
  // Two images have no third neighbor.
  expect(stdout).toMatch(/recall +- /)
  const strict = await fid("broken", "red", ...byMean, "--strict")
  expect(strict.code).toBe(3)
  expect(strict.stderr).toMatch(/image-format/)
})

test.each([
  ["one image", ["one", "red", ...byMean], 3, /metric-few/],
  ["no image", ["none", "red", ...byMean], 3, /data-empty/],
  ["no folder", ["nowhere", "red", ...byMean], 3, /folder-missing/],
  ["no weights", ["red", "blue"], 4, /ifnormal weights fetch inception/],
  ["options of a network without one", ["red", "blue", "--size", "64"], 2, /extractor-options/],
  [
    "a recipe and a resize",
    ["red", "blue", ...byMean, "--recipe", "pytorch-fid", "--resize", "torch-bilinear"],
    2,
    /extractor-options/,
  ],
  ["weights that are none", ["red", "blue", "--weights", "red/0.png"], 4, /weights-file/],
] as const)("%s is a typed error", async (_, args, code, message) => {
  const finished = await fid(...args)
  expect(finished.stdout).toBe("")
  expect(finished.stderr).toMatch(message)
  expect(finished.code).toBe(code)
})
