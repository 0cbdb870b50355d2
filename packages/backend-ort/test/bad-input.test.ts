import { encodeModel } from "@ifnormal/onnx"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import {
  FallbackError,
  GraphError,
  LostValueError,
  type OrtBackendError,
  RunError,
  resetStats,
  setOptions,
  stats,
} from "../src/index.js"
import { Session } from "../src/session.js"
import { tf } from "./support.js"

beforeEach(async () => {
  await tf.setBackend("ort")
  setOptions({ verify: false, strict: true, disablePasses: [] })
  resetStats()
})
afterEach(() => {
  vi.restoreAllMocks()
})

function failure(run: () => unknown): OrtBackendError {
  try {
    run()
  } catch (error) {
    return error as OrtBackendError
  }
  throw new Error("No error was thrown.")
}

const read = (x: tf.Tensor): number[] => Array.from(x.dataSync())

describe("a kernel without an ONNX form, under strict", () => {
  test("is named with its types, shapes and the file to edit", () => {
    const error = failure(() => tf.unique(tf.tensor2d([[1], [2]], [2, 1], "int32")))
    expect(error).toBeInstanceOf(FallbackError)
    expect(error.code).toBe("ORT_FALLBACK")
    expect(error.message).toBe(
      'Unique has no ONNX form for x int32[2,1], attributes {"axis":0}. Add it to ' +
        "packages/backend-ort/src/kernels/index.ts, or allow the cpu backend with setOptions({ strict: false }).",
    )
  })

  test("names its own file where only the arguments are not covered", () => {
    const error = failure(() =>
      tf.bincount(tf.zeros([0], "int32") as tf.Tensor1D, tf.zeros([0]) as tf.Tensor1D, 2),
    )
    expect(error.message).toMatch(/^Bincount has no ONNX form for x int32\[0\], .*kernels\/order\.ts/)
  })

  test("leaves strings to the host without complaint", () => {
    expect(tf.concat([tf.tensor1d(["a"]), tf.tensor1d(["b"])]).dataSync()).toEqual(["a", "b"])
  })
})

describe("model bytes that are not a model", () => {
  const model = encodeModel({
    nodes: [{ op: "Neg", inputs: ["x"], outputs: ["y"] }],
    inputs: [{ name: "x", type: "float32", dims: [2] }],
    outputs: [{ name: "y", type: "float32", dims: [2] }],
    initializers: [],
    opsets: { "": 18 },
  })
  test.each([
    ["empty", new Uint8Array(0)],
    ["noise", Uint8Array.from({ length: 300 }, (_, i) => (i * 37) % 251)],
    ["cut short", model.slice(0, model.length - 9)],
  ])("%s: refused with a code", (_, bytes) => {
    const error = failure(() => new Session(bytes, ["y"]))
    expect(error).toBeInstanceOf(GraphError)
    expect(error.code).toBe("ORT_GRAPH")
    expect(error.message).toMatch(/^onnxruntime refused the graph: /)
  })
})

test("a compiled step that fails runs again without passes, with the right numbers and a warning", () => {
  const step = (value: number) => tf.tidy(() => read(tf.tensor1d([value, 2]).mul(3)))
  // The machine is probed once, with a session of its own.
  step(0)
  setOptions({})
  resetStats()
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
  const run = vi.spyOn(Session.prototype, "run")
  run.mockImplementationOnce(() => {
    throw new RunError(new Error("the provider is gone"))
  })
  expect(step(1)).toEqual([3, 6])
  expect(stats()).toMatchObject({ compiles: 2, retries: 1 })
  expect(warn.mock.calls[0]![0]).toMatch(/ran without passes.*the provider is gone/)
  // The structure keeps the compilation that works.
  expect(step(5)).toEqual([15, 6])
  expect(stats()).toMatchObject({ compiles: 2, retries: 1 })
})

describe("a step that fails twice", () => {
  const computed = () => tf.tensor1d([1], "int32").mul(tf.scalar(7, "int32")) as tf.Tensor1D

  test.each([
    ["beyond the end", computed],
    ["below 0", () => computed().neg() as tf.Tensor1D],
  ])("stops with onnxruntime's reason: an index %s", (_, index) => {
    const error = failure(() => tf.tidy(() => read(tf.gather(tf.tensor1d([1, 2, 3]), index()))))
    expect(error).toBeInstanceOf(RunError)
    expect(error.code).toBe("ORT_RUN")
    expect(error.message).toMatch(/could not run the step: .*out of data bounds/s)
  })

  test.each([
    [
      "allocation",
      () =>
        tf
          .range(0, 2 ** 21)
          .expandDims(1)
          .add(tf.range(0, 2 ** 21))
          .sum(),
    ],
    [
      "size limit",
      () =>
        tf
          .range(0, 2)
          .broadcastTo([2 ** 40, 2])
          .sum(),
    ],
  ])("says that memory is short: %s", (_, run) => {
    // 16 and 8 TB.
    const error = failure(() => tf.tidy(() => read(run())))
    expect(error.code).toBe("ORT_MEMORY")
    expect(error.message).toMatch(/smaller batch/)
  })

  test("gives no number for what it lost, and leaves the rest usable", () => {
    const weight = tf.variable(tf.tensor1d([1, 2]))
    const other = tf.variable(tf.tensor1d([5]))
    expect(read(weight)).toEqual([1, 2])
    expect(() =>
      tf.tidy(() => {
        weight.assign(weight.mul(tf.gather(tf.tensor1d([2, 3]), computed())))
        weight.dataSync()
      }),
    ).toThrow(RunError)
    const lost = failure(() => weight.dataSync())
    expect(lost).toBeInstanceOf(LostValueError)
    expect(lost.code).toBe("ORT_LOST_VALUE")
    expect(lost.message).toMatch(/its step failed: .*out of data bounds/s)
    // Nor for what is computed from it.
    expect(failure(() => tf.tidy(() => read(weight.add(1)))).code).toBe("ORT_LOST_VALUE")
    expect(read(other)).toEqual([5])
    expect(tf.tidy(() => read(other.add(1)))).toEqual([6])
    weight.assign(tf.tensor1d([8, 9]))
    expect(tf.tidy(() => read(weight.add(other)))).toEqual([13, 14])
    tf.dispose([weight, other])
  })
})

test("an uploaded index that points nowhere is refused when the call is made", () => {
  const x = tf.tensor1d([1, 2, 3])
  expect(() => tf.gather(x, tf.tensor1d([3], "int32"))).toThrow(
    "GatherV2: the index value 3 is not in [0, 2]",
  )
  expect(() => tf.scatterND(tf.tensor2d([[4]], [1, 1], "int32"), tf.tensor1d([1]), [4])).toThrow(
    "Invalid indices: 4 does not index into 4",
  )
})

test("literals that JSON cannot tell apart stay apart", () => {
  const values = tf.tidy(() => {
    const x = tf.tensor1d([-3, 4])
    const bounds = [
      [Number.NEGATIVE_INFINITY, 1],
      [-1, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ] as const
    const clipped = bounds.map(([low, high]) => x.clipByValue(low, high))
    const literals = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0]
    const filled = literals.map((value) => tf.maximum(tf.fill([1], value), tf.fill([1], value)))
    const signs = [0, -0].map((zero) => tf.div(x.slice([1], [1]), tf.fill([1], zero)))
    return read(tf.concat([...clipped, ...filled, ...signs]))
  })
  const infinity = Number.POSITIVE_INFINITY
  expect(values.slice(0, 6)).toEqual([-3, 1, -1, 4, -3, 4])
  expect(values.slice(6)).toEqual([Number.NaN, infinity, -infinity, -0, 0, infinity, -infinity])
})
