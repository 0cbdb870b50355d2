import { expect, test, vi } from "vitest"
import { affine, refused } from "../test/session-checks.js"
import { type OnnxRuntime, RuntimeRunner, type RuntimeTensor, SessionError } from "./index.js"
import { Writer } from "./wire.js"

/** An engine of one model that gives back what it is fed. */
function fake(metadata: readonly object[], run?: () => never): RuntimeRunner {
  const runtime = {
    Tensor: class {
      constructor(
        readonly type: string,
        readonly data: unknown,
        readonly dims: readonly number[],
      ) {}
    },
    InferenceSession: {
      create: async () => ({
        inputMetadata: metadata,
        outputMetadata: metadata,
        run: async (feeds: object) => run?.() ?? feeds,
        release: async () => {},
      }),
    },
  }
  return new RuntimeRunner({
    engine: "fake",
    runtime: async () => runtime as unknown as OnnxRuntime,
    options: () => ({}),
    install: "Install fake.",
  })
}

const metadata = affine.inputs.map(({ name, type, dims }) => ({ name, isTensor: true, type, shape: dims }))
/** A protobuf message without fields; the runtime here is a stand-in. */
const bytes = new Uint8Array(0)

test.each(refused)("%s is refused with what was found and expected", async (_, feeds, code, message) => {
  const session = await fake(metadata).load(bytes)
  const error: SessionError = await session.run(feeds).then(
    () => expect.fail("ran"),
    (cause) => cause,
  )
  expect(error).toBeInstanceOf(SessionError)
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
  expect(error.next).not.toBe("")
})

test("dimensions without a size or name are undefined and take any size", async () => {
  const session = await fake([{ name: "x", isTensor: true, type: "bool", shape: [-1, "", "n", 2] }]).load(
    bytes,
  )
  expect(session.inputs[0]!.dims).toEqual([undefined, undefined, "n", 2])
  const x: RuntimeTensor = { dtype: "bool", dims: [1, 2, 1, 2], data: Uint8Array.of(0, 1, 1, 0) }
  expect(await session.run({ x })).toEqual({ x })
})

test("results do not share the engine's buffers", async () => {
  const session = await fake([{ name: "x", isTensor: true, type: "float32", shape: [1] }]).load(bytes)
  const x: RuntimeTensor = { dtype: "float32", dims: [1], data: Float32Array.of(3) }
  const { x: result } = await session.run({ x })
  x.data[0] = 4
  expect(result!.data[0]).toBe(3)
})

test("element types without an array are refused at load, with a way out", async () => {
  const load = fake([{ name: "half", isTensor: true, type: "float16", shape: [1] }]).load(bytes)
  await expect(load).rejects.toMatchObject({
    code: "session-dtype",
    message: expect.stringContaining('"half" is float16'),
    next: expect.stringContaining("keep_io_types"),
  })
  const sequence = fake([{ name: "list", isTensor: false }]).load(bytes)
  await expect(sequence).rejects.toMatchObject({ code: "session-dtype" })
})

test("an engine that is missing or fails is named", async () => {
  const missing = new RuntimeRunner({
    engine: "absent",
    runtime: () => Promise.reject(new Error("Cannot find package")),
    options: () => ({}),
    install: "Install absent.",
  })
  await expect(missing.load(bytes)).rejects.toMatchObject({
    code: "session-engine",
    message: "absent could not be loaded: Cannot find package",
    next: "Install absent.",
  })
  const broken = fake(metadata.slice(0, 1), () => {
    throw new Error("Non-zero status code while running Conv node.\nstack")
  })
  const session = await broken.load(bytes)
  const x: RuntimeTensor = { dtype: "float32", dims: [1, 2], data: Float32Array.of(1, 2) }
  await expect(session.run({ x })).rejects.toMatchObject({
    code: "session-run",
    message: "fake failed while it ran the model: Non-zero status code while running Conv node.",
  })
})

test("a model that names other files never reaches the engine", async () => {
  const tensor = new Writer()
  tensor.string(8, "w")
  tensor.message(13, (entry) => {
    entry.string(1, "location")
    entry.string(2, "../secret")
  })
  const model = new Writer()
  model.message(7, (graph) => graph.bytes(5, tensor.finish()))
  const create = vi.fn()
  const runner = new RuntimeRunner({
    engine: "stand-in",
    runtime: async () => ({ InferenceSession: { create } }) as never,
    options: () => ({}),
    install: "",
  })
  await expect(runner.load(model.finish())).rejects.toMatchObject({
    code: "session-model",
    message: expect.stringContaining('"../secret"'),
  })
  expect(create).not.toHaveBeenCalled()
})
