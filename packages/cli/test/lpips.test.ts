// `ifnormal lpips`: two images or two folders, with trunk weights of a file or none.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ImageShape } from "@ifnormal/core"
import { trunkParameters } from "@ifnormal/metrics"
import { encodeModel } from "@ifnormal/onnx"
import { afterAll, beforeAll, expect, test } from "vitest"
import { formulaPair, trunkState } from "../../../tools/reference/lpips_formula.mjs"
import lpipsGolden from "../../metrics/src/lpips/__golden__/lpips.json" with { type: "json" }
import ssimGolden from "../../metrics/src/ssim/__golden__/ssim.json" with { type: "json" }
import { encodePng } from "../src/png.js"
import { ifnormal } from "./support.js"

let cwd: string

/** The two images of the golden values, as a/<name> and b/<name>. */
function writePair(name: string, shape: ImageShape): void {
  formulaPair(shape).forEach((bytes, which) => {
    const image = { shape, data: Float32Array.from(bytes, (byte) => byte / 255) }
    writeFileSync(join(cwd, which === 0 ? "a" : "b", name), encodePng(image))
  })
}

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "ifnormal-lpips-"))
  for (const folder of ["a", "b", "empty"]) mkdirSync(join(cwd, folder))
  writePair("one.png", [64, 64, 3])
  writePair("two.png", [40, 56, 3])
  writePair("three.png", [64, 64, 3])
  const initializers = [...trunkState(trunkParameters("squeeze"))].map(([name, { shape, data }]) => ({
    ...{ name, type: "float32" as const, dims: shape },
    raw: new Uint8Array(data.buffer),
  }))
  const model = { nodes: [], inputs: [], outputs: [], initializers, opsets: { "": 17 } }
  writeFileSync(join(cwd, "squeeze.onnx"), encodeModel(model))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const squeeze = ["--trunk", "squeeze", "--weights", "squeeze.onnx"]
const golden = (width: number) =>
  lpipsGolden.cases.find((found) => found.trunk === "squeeze" && found.width === width)!

async function failure(...args: string[]) {
  const { code, stdout, stderr } = await ifnormal(cwd, "lpips", ...args, "--json", "--quiet")
  expect(stdout).toBe("")
  return { exit: code, ...JSON.parse(stderr).error } as Record<"code" | "message" | "next", string>
}

test("two images: LPIPS as lpips 0.1.4, SSIM as scikit-image, with recipes", async () => {
  const { stdout, code } = await ifnormal(cwd, "lpips", "a/one.png", "b/one.png", ...squeeze, "--json")
  expect(code).toBe(0)
  const { pairs, metrics } = JSON.parse(stdout)
  expect(pairs).toHaveLength(1)
  expect(pairs[0].lpips).toBeCloseTo(golden(64).value, 6)
  golden(64).layers.forEach((layer, l) => {
    expect(pairs[0].lpipsLayers[l]).toBeCloseTo(layer, 6)
  })
  expect(pairs[0].ssim).toBeCloseTo(ssimGolden.cases[0]!.values["scikit-image"]!, 10)
  expect(pairs[0].l2 ** 2 / (64 * 64 * 3)).toBeCloseTo(pairs[0].mse, 12)
  expect(metrics.map(({ name }: { name: string }) => name)).toEqual(["lpips", "ssim", "mse", "l1", "l2"])
  expect(metrics[0]).toMatchObject({
    n: 1,
    value: pairs[0].lpips,
    recipe: expect.stringMatching(
      /^LPIPS v0.1 squeeze \(richzhang\), trunk weights custom:\w{12}, input 64x64$/,
    ),
  })
  expect(metrics[0].interval).toBeUndefined()
})

test("two folders: a line per pair, and means with intervals", async () => {
  const { stdout } = await ifnormal(cwd, "lpips", "a", "b", ...squeeze)
  expect(stdout).toMatch(/^images +LPIPS +SSIM +MSE +L1 +L2\none.png +0.\d+ /)
  expect(stdout).toMatch(/\nLPIPS +0\.\d+ +0\.\d+ to 0\.\d+ +3 +LPIPS v0.1 .* input 64x64; .* input 56x40\n/)
  const { stdout: csv } = await ifnormal(
    cwd,
    "lpips",
    "a",
    "b",
    ...squeeze,
    "--csv",
    "--metric",
    "lpips,ssim",
  )
  const [head, ...lines] = csv.trim().split("\r\n")
  expect(head).toBe("name,width,height,lpips,ssim")
  expect(lines.map((line) => line.split(",").slice(0, 3))).toEqual([
    ["one.png", "64", "64"],
    ["three.png", "64", "64"],
    ["two.png", "56", "40"],
  ])
  expect(Number(lines[2]!.split(",")[3])).toBeCloseTo(golden(56).value, 6)
})

test("small gray images are refused with the smallest side, and pass when they are upsampled", async () => {
  for (const folder of ["gray", "gray/a", "gray/b"]) mkdirSync(join(cwd, folder))
  formulaPair([12, 14, 1]).forEach((bytes, which) => {
    const image = { shape: [12, 14, 1] as const, data: Float32Array.from(bytes, (byte) => byte / 255) }
    writeFileSync(join(cwd, which === 0 ? "gray/a/x.png" : "gray/b/x.png"), encodePng(image))
  })
  const pair = ["gray/a", "gray/b", ...squeeze]
  expect(await failure(...pair)).toMatchObject({
    exit: 3,
    code: "lpips-size",
    message: expect.stringContaining("at least 17x17 pixels, found 14x12"),
    next: expect.stringContaining("--upsample 64"),
  })
  const { stdout } = await ifnormal(cwd, "lpips", ...pair, "--upsample", "24", "--json")
  expect(JSON.parse(stdout).metrics[0].recipe).toMatch(
    /input 14x12, upsampled bilinear to 28x24 \(align_corners false\)$/,
  )
})

test("without weights the error says what to run, and other distances work", async () => {
  expect(await failure("a", "b")).toMatchObject({
    exit: 4,
    code: "weights-missing",
    next: expect.stringMatching(/ifnormal weights fetch lpips-alex.*--metric ssim,mse,l1,l2$/s),
  })
  const { stdout } = await ifnormal(cwd, "lpips", "a/one.png", "a/one.png", "--metric", "mse,ssim", "--json")
  expect(JSON.parse(stdout).metrics).toMatchObject([
    { name: "ssim", value: 1, n: 1 },
    { name: "mse", value: 0, n: 1 },
  ])
})

test("what does not belong together is refused", async () => {
  const plain = ["--metric", "mse"]
  expect(await failure("a/one.png", "b/two.png", ...plain)).toMatchObject({
    exit: 3,
    code: "pairs-size",
    message: "a/one.png is 64x64 pixels and b/two.png 56x40, expected one size.",
  })
  expect(await failure("a", "b/two.png", ...plain)).toMatchObject({ exit: 2, code: "pairs-mixed" })
  expect(await failure("a", "none", ...plain)).toMatchObject({ exit: 7, code: "not-found" })
  expect(await failure("empty", "empty", ...plain)).toMatchObject({ exit: 3, code: "data-empty" })
  expect(await failure("a", "empty", ...plain)).toMatchObject({
    exit: 3,
    code: "pairs-names",
    message: "Images are paired by name, found 3 only in a (one.png, three.png, two.png).",
  })
  expect(await failure("a", "b", "--metric", "psnr")).toMatchObject({ exit: 2 })
  expect(await failure("a", "b", "--weights", "a/one.png")).toMatchObject({ exit: 4, code: "weights-format" })
  expect(await failure("a", "b", "--weights", "squeeze.onnx")).toMatchObject({
    exit: 4,
    code: "weights-tensor",
  })
})
