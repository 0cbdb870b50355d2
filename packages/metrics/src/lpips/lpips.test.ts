import "@ifnormal/backend-ort"
import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { formulaPair, trunkState } from "../../../../tools/reference/lpips_formula.mjs"
import golden from "./__golden__/lpips.json" with { type: "json" }
import { createLpips, type Lpips } from "./lpips.js"
import { trunkParameters } from "./network.js"
import { LPIPS_TRUNKS, type LpipsTrunk, minimumSide } from "./trunks.js"

const make = (trunk: LpipsTrunk) => createLpips(trunk, trunkState(trunkParameters(trunk)))
type Pair = [tf.Tensor4D, tf.Tensor4D]

/** The pair of a golden case, 0..255. */
function pairOf({ images, height, width, channels }: (typeof golden.cases)[number]): Pair {
  const tensor = (bytes: Uint8Array) => tf.tensor4d(Float32Array.from(bytes), [1, height, width, channels])
  if (images === "formula") return formulaPair([height, width, channels]).map(tensor) as Pair
  const [side, , count] = golden.photo.shape as [number, number, number]
  const photo = tf.tensor3d(Uint8Array.from(Buffer.from(golden.photo.bytes, "base64")), [side, side, count])
  const crop = (at: number) => tf.expandDims<tf.Tensor4D>(tf.slice(photo, [at, at], [height, width]), 0)
  return [crop(0), crop(5)]
}

const difference = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!)))

async function check(lpips: Lpips, found: (typeof golden.cases)[number]): Promise<void> {
  const [a, b] = pairOf(found)
  const { values, layers } = await lpips.distances(a, b, { range: "bytes", upsample: found.upsample })
  expect(difference(values, [found.value]) / found.value).toBeLessThan(1e-4)
  expect(difference(layers.map(Number), found.layers)).toBeLessThan(1e-4)
  tf.dispose([a, b])
}

describe.each(LPIPS_TRUNKS)("%s on onnxruntime", (trunk) => {
  let lpips: Lpips
  beforeAll(async () => {
    await tf.setBackend("ort")
    lpips = make(trunk)
  })
  afterAll(() => lpips.dispose())

  test.each(golden.cases.filter((found) => found.trunk === trunk))(
    "$images $width x $height, $channels channels, upsampled $upsample: as lpips 0.1.4",
    (found) => check(lpips, found),
  )
  test("the gradient is PyTorch's", () => checkGradient(lpips))
})

/** The case with a gradient: the trunk's smallest image. */
const smallest = (trunk: LpipsTrunk) => golden.cases.find((found) => found.trunk === trunk && found.gradient)!

async function checkGradient(lpips: Lpips): Promise<void> {
  const { gradient: expected, ...found } = smallest(lpips.trunk)
  const pair = pairOf(found)
  const [a, b] = pair.map((images) => tf.tidy(() => tf.sub(tf.div(images, 127.5), 1))) as Pair
  const loss = (x: tf.Tensor) => tf.sum(lpips.layers(x as tf.Tensor4D, b, { range: "signed" }))
  const gradient = tf.grad(loss)(a)
  const sampled = (await gradient.data()).filter((_, i) => i % 17 === 0)
  expect(difference(sampled, expected!) / Math.max(...expected!.map(Math.abs))).toBeLessThan(1e-4)
  tf.dispose([...pair, a, b, gradient])
}

test("a batch that goes in parts gives what each pair gives alone", async () => {
  await tf.setBackend("ort")
  const lpips = make("squeeze")
  const [count, side] = [1000, minimumSide("squeeze")]
  const [a, b] = [7, 11].map((factor) =>
    tf.tensor4d(
      Float32Array.from({ length: count * side * side }, (_, i) => (i * factor) % 256),
      [count, side, side, 1],
    ),
  ) as Pair
  const together = await lpips.distances(a, b, { range: "bytes" })
  for (const row of [0, 499, 500, 999]) {
    const [x, y] = [a, b].map((images) => tf.slice(images, row, 1)) as Pair
    const alone = await lpips.distances(x, y, { range: "bytes" })
    expect(together.values[row]).toBeCloseTo(alone.values[0]!, 6)
    tf.dispose([x, y])
  }
  tf.dispose([a, b])
  lpips.dispose()
})

describe("alex on the cpu backend", () => {
  let lpips: Lpips
  beforeAll(async () => {
    await tf.setBackend("cpu")
    lpips = make("alex")
  })
  afterAll(() => lpips.dispose())

  test("31x31: as lpips 0.1.4", () => check(lpips, smallest("alex")))
  test("the gradient is PyTorch's", () => checkGradient(lpips))
  test("the gradient is finite where all features are zero", async () => {
    const state = trunkState(trunkParameters("squeeze"))
    const bias = { dtype: "float32", shape: [64], data: new Float32Array(64).fill(-1e3) } as const
    const dark = createLpips("squeeze", state.set("features.0.bias", bias))
    const [a, b] = [images([1, 17, 17, 1], 0.2), images([1, 17, 17, 1], 0.8)]
    const gradient = tf.grad((x) => tf.sum(dark.layers(x as tf.Tensor4D, b, { range: "unit" })))(a)
    expect((await gradient.data()).every(Number.isFinite)).toBe(true)
    tf.dispose([a, b, gradient])
    dark.dispose()
  })
  const images = (shape: [number, number, number, number], value = 0.5) =>
    tf.fill(shape, value) as tf.Tensor4D

  test("equal images have distance 0, the three ranges say the same, and nothing leaks", async () => {
    const before = tf.memory().numTensors
    const [a, b] = pairOf(smallest("alex"))
    const unit = [tf.div(a, 255), tf.div(b, 255)] as Pair
    const signed = unit.map((image) => tf.tidy(() => tf.sub(tf.mul(image, 2), 1))) as Pair
    const bytes = await lpips.distances(a, b, { range: "bytes" })
    expect((await lpips.distances(a, a, { range: "bytes" })).values).toEqual(Float64Array.of(0))
    for (const [range, pair] of [
      ["unit", unit],
      ["signed", signed],
    ] as const)
      expect((await lpips.distances(...pair, { range })).values[0]).toBeCloseTo(bytes.values[0]!, 6)
    expect(bytes.recipe).toBe("LPIPS v0.1 alex (richzhang), input 31x31")
    tf.dispose([a, b, ...unit, ...signed])
    expect(tf.memory().numTensors).toBe(before)
  })

  test.each([
    [
      "two sizes",
      [1, 31, 31, 3],
      [1, 31, 32, 3],
      0.5,
      {},
      "lpips-shape",
      /\[1, 31, 31, 3\] and \[1, 31, 32, 3\]/,
    ],
    ["two channels", [1, 31, 31, 2], [1, 31, 31, 2], 0.5, {}, "lpips-shape", /1 or 3/],
    ["no image", [0, 31, 31, 3], [0, 31, 31, 3], 0.5, {}, "lpips-shape", /\[0, 31, 31, 3\]/],
    [
      "MNIST's size",
      [1, 28, 28, 1],
      [1, 28, 28, 1],
      0.5,
      {},
      "lpips-size",
      /at least 31x31 pixels, found 28x28/,
    ],
    [
      "too little upsampling",
      [1, 20, 24, 1],
      [1, 20, 24, 1],
      0.5,
      { upsample: 30 },
      "lpips-size",
      /found 24x20, upsampled to 30/,
    ],
    [
      "upsampling that shrinks",
      [1, 40, 50, 1],
      [1, 40, 50, 1],
      0.5,
      { upsample: 32 },
      "lpips-upsample",
      /to 32, found images of 50x40/,
    ],
    [
      "bytes as unit",
      [1, 31, 31, 1],
      [1, 31, 31, 1],
      200,
      {},
      "lpips-range",
      /hold 200 at position 0 of 961, expected values from 0 to 1/,
    ],
    ["NaN", [1, 31, 31, 1], [1, 31, 31, 1], Number.NaN, {}, "lpips-range", /hold NaN/],
  ] as const)("refuses %s", async (_, a, b, value, options, code, message) => {
    const pair = [images([...a], value), images([...b], value)] as const
    const failure = expect(lpips.distances(...pair, { range: "unit", ...options })).rejects
    await failure.toMatchObject({ code, message: expect.stringMatching(message), next: expect.any(String) })
    tf.dispose([...pair])
  })
})

test("minimum sides are those at which PyTorch stops refusing", () => {
  expect(Object.fromEntries(LPIPS_TRUNKS.map((trunk) => [trunk, minimumSide(trunk)]))).toEqual(golden.minimum)
})

test("a state dict without a tensor is refused by name", () => {
  const state = trunkState(trunkParameters("squeeze"))
  state.delete("features.7.expand3x3.bias")
  expect(() => createLpips("squeeze", state)).toThrow(/"features.7.expand3x3.bias" of shape \[128\]/)
  expect(() => createLpips("alex", state)).toThrow(
    /"features.0.weight" of shape \[64, 3, 11, 11\].*\[64, 3, 3, 3\]/,
  )
})
