import { encodeModel, type Model, modelProblems, type RuntimeTensor } from "@ifnormal/onnx"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { schemaProblems } from "../../onnx/test/schema.js"
import { tf } from "../test/support.js"
import { getOptions } from "./options.js"
import { sessionRunner } from "./session-runner.js"
import { type TraceSpec, traceModel } from "./trace.js"

beforeAll(() => tf.setBackend("ort"))
afterEach(() => tf.setBackend("ort"))

const ramp = (size: number, scale = 0.37) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * scale))

/** Largest difference between the traced file, on onnxruntime's public path, and the function itself. */
async function difference(spec: TraceSpec, model: Model, batch: number): Promise<number> {
  const session = await sessionRunner().load(encodeModel(model))
  const feeds: Record<string, RuntimeTensor> = {}
  const tensors: Record<string, tf.Tensor> = {}
  for (const [name, { dtype, shape }] of Object.entries(spec.inputs)) {
    const dims = [batch, ...shape]
    const size = dims.reduce((product, dim) => product * dim, 1)
    const data = dtype === "int32" ? Int32Array.from({ length: size }, (_, i) => i % 3) : ramp(size)
    feeds[name] = { dtype, dims, data } as RuntimeTensor
    tensors[name] = tf.tensor(data, dims, dtype)
  }
  const expected = await spec.run(tensors)
  const found = await session.run(feeds)
  await session.dispose()
  let worst = 0
  for (const [name, tensor] of Object.entries(expected)) {
    expect(found[name]!.dims).toEqual(tensor.shape)
    const values = await tensor.data()
    values.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(Number(found[name]!.data[i]) - value))
    })
  }
  return worst
}

const filter = tf.tidy(() => tf.tensor4d(ramp(3 * 3 * 2 * 8, 0.11), [3, 3, 2, 8]))
const weights = { filter, matrix: tf.tensor2d(ramp(5 * 8), [5, 8]), mean: tf.zeros([8]) }

/** A convolution, a condition broadcast over the image, a transposed product, a slice: what networks are made of. */
const network: TraceSpec = {
  name: "network",
  inputs: {
    images: { dtype: "float32", shape: [6, 6, 2] },
    alpha: { dtype: "float32", shape: [] },
    concept: { dtype: "int32", shape: [] },
  },
  weights,
  run: ({ images, alpha, concept }) =>
    tf.tidy(() => {
      const n = images!.shape[0]!
      const features = tf.maxPool(
        tf
          .relu(tf.conv2d(images as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"))
          .sub(weights.mean) as tf.Tensor4D,
        2,
        2,
        "valid",
      )
      const shown = tf.image.resizeNearestNeighbor(features, [6, 6])
      const oneHot = tf.oneHot(concept as tf.Tensor1D, 5).cast("float32")
      const both = tf.concat([oneHot.mul(alpha!.expandDims(1)), tf.zeros([n, 3])], 1).slice([0, 0], [n, 5])
      const condition = tf.matMul(both as tf.Tensor2D, weights.matrix).reshape([n, 1, 1, 8])
      const logits = tf.matMul(both as tf.Tensor2D, tf.transpose(weights.matrix), false, true)
      return { image: shown.add(condition).tanh(), logits }
    }),
}

/** One step down the gradient of a score, as gradient-based generators take. */
const descent: TraceSpec = {
  name: "descent",
  inputs: { images: { dtype: "float32", shape: [6, 6, 2] } },
  weights: { filter },
  run: ({ images }) =>
    tf.tidy(() => {
      const score = (x: tf.Tensor): tf.Scalar =>
        tf
          .conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "valid")
          .square()
          .sum()
      return { counterfactual: images!.sub(tf.grad(score)(images!).mul(0.01)) }
    }),
}

describe.each([network, descent])("$name", (spec) => {
  test("is a portable model of any batch size, with the function's values", async () => {
    const model = await traceModel(spec)
    expect(modelProblems(model)).toEqual([])
    expect(schemaProblems(model)).toEqual([])
    for (const { dims } of [...model.inputs, ...model.outputs]) expect(dims[0]).toBe("batch")
    for (const batch of [1, 2, 17, 40]) expect(await difference(spec, model, batch)).toBeLessThan(1e-5)
  })

  test("is the same file every time, and leaves nothing behind", async () => {
    const before = tf.memory().numTensors
    const options = getOptions()
    const [a, b] = [encodeModel(await traceModel(spec)), encodeModel(await traceModel(spec))]
    expect(Buffer.compare(a, b)).toBe(0)
    expect(tf.memory().numTensors).toBe(before)
    expect(getOptions()).toEqual(options)
  })
})

test("weights keep their names, shapes and present values; inputs come in the order given", async () => {
  const model = await traceModel(network)
  const found = model.initializers.find(({ name }) => name === "matrix")!
  expect([found.type, found.dims]).toEqual(["float32", [5, 8]])
  expect(new Float32Array(found.raw.slice().buffer)).toEqual(ramp(40))
  expect(model.initializers.find(({ name }) => name === "mean")!.dims).toEqual([8])
  expect(model.inputs.map(({ name, type }) => [name, type])).toEqual([
    ["images", "float32"],
    ["alpha", "float32"],
    ["concept", "int32"],
  ])
})

test("what is pending before a trace is not lost", async () => {
  const before = tf.tensor1d([1, 2]).mul(3)
  await traceModel(descent)
  expect([...before.dataSync()]).toEqual([3, 6])
})

const on = (run: TraceSpec["run"]): TraceSpec => ({
  name: "faulty",
  inputs: { x: { dtype: "float32", shape: [3] } },
  run,
})

test.each<[string, TraceSpec, RegExp]>([
  ["reads its input", on(({ x }) => ({ y: tf.tensor(x!.dataSync()).add(1) })), /reads values/],
  ["awaits a value", on(async ({ x }) => ({ y: x!.mul((await x!.max().data())[0]!) })), /reads values/],
  ["divides by the batch size", on(({ x }) => ({ y: x!.div(x!.shape[0]!) })), /constant of float32/],
  ["gives a value of no batch", on(({ x }) => ({ y: x!.sum(0) })), /gives y of \[3\], \[3\], \[3\]/],
  ["gives a constant", on(({ x }) => ({ y: tf.zeros([x!.shape[0]!]) })), /output y is not computed/],
  [
    "uploads an array of the batch's size",
    on(({ x }) => ({ y: x!.add(tf.tensor2d(ramp(x!.shape[0]! * 3), [x!.shape[0]!, 3])) })),
    /constant of float32/,
  ],
  [
    "changes its graph with the batch",
    on(({ x }) => ({ y: x!.shape[0]! > 18 ? x!.exp().exp() : x!.exp() })),
    /has 2, 3, 3 nodes/,
  ],
  [
    "does other work",
    on(({ x }) => ({ y: x!.shape[0]! > 18 ? x!.exp() : x!.sin() })),
    /computes Sin t0 as Exp t0/,
  ],
  [
    "counts the batch in squares",
    on(({ x }) => ({ y: x!.add(tf.broadcastTo(x!.sum(0, true), [x!.shape[0]! ** 2, 3]).sum(0)) })),
    /289, 361, 529/,
  ],
  ["needs a kernel of the host", on(({ x }) => ({ y: tf.unique(x!).values })), /Unique/],
])("a function that %s is refused", async (_, spec, message) => {
  const error = await traceModel(spec).then(
    () => expect.fail("traced"),
    (cause) => cause,
  )
  expect(error).toMatchObject({ code: "ORT_TRACE", next: expect.stringMatching(/./) })
  expect(error.message).toMatch(/^faulty has no ONNX form: /)
  expect(error.message).toMatch(message)
  expect(tf.tensor1d([2]).square().dataSync()[0]).toBe(4)
})

test("other backends have no trace", async () => {
  await tf.setBackend("cpu")
  await expect(traceModel(descent)).rejects.toMatchObject({
    code: "ORT_TRACE",
    next: expect.stringContaining('setBackend("ort")'),
  })
})
