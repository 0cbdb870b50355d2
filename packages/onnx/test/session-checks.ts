// What every session runner keeps, run by the tests of backend-ort (native) and session-web (WebAssembly, Node and browser).
import { encodeModel, type Model, type RuntimeSession, type RuntimeTensor } from "../src/index.js"

/** y = x w + b with x [batch, 2], b [batch]; total = the sum of y; n = a number of int64. */
export const affine: Model = {
  nodes: [
    { op: "MatMul", inputs: ["x", "w"], outputs: ["product"] },
    { op: "Add", inputs: ["product", "b"], outputs: ["y"] },
    { op: "ReduceSum", inputs: ["y"], outputs: ["total"], attributes: { keepdims: 0 } },
    { op: "Size", inputs: ["x"], outputs: ["n"] },
  ],
  inputs: [
    { name: "x", type: "float32", dims: ["batch", 2] },
    { name: "b", type: "float32", dims: ["batch"] },
  ],
  outputs: [
    { name: "y", type: "float32", dims: ["batch"] },
    { name: "total", type: "float32", dims: [] },
    { name: "n", type: "int64", dims: [] },
  ],
  initializers: [
    { name: "w", type: "float32", dims: [2], raw: new Uint8Array(Float32Array.of(10, 1).buffer) },
  ],
  opsets: { "": 18 },
  irVersion: 8,
}

export const affineBytes = encodeModel(affine)

export const floats = (dims: readonly number[], ...values: number[]): RuntimeTensor => ({
  dtype: "float32",
  dims,
  data: Float32Array.from(values),
})

const good = { x: floats([3, 2], 1, 2, 3, 4, 5, 6), b: floats([3], 0, 0, 0.5) }

/** Feeds that are refused: what is wrong, the code, and what the message names. */
export const refused: readonly [string, Record<string, RuntimeTensor>, string, RegExp][] = [
  ["an unknown input", { ...good, z: floats([1], 1) }, "session-input-unknown", /"z".*"x", "b"/],
  ["a missing input", { x: good.x }, "session-input-missing", /"b".*float32 \[batch\]/],
  [
    "another size",
    { ...good, x: floats([2, 3], 1, 2, 3, 4, 5, 6) },
    "session-shape",
    /\[2, 3\].*\[batch, 2\]/,
  ],
  ["another rank", { ...good, x: floats([6], 1, 2, 3, 4, 5, 6) }, "session-shape", /\[6\]/],
  ["two batch sizes", { ...good, b: floats([2], 0, 0) }, "session-shape", /\[2\].*\[batch \(3\)\]/],
  ["too few numbers", { ...good, b: floats([3], 0) }, "session-shape", /1 numbers.*expected 3/],
  [
    "another type",
    { ...good, b: { dtype: "int32", dims: [3], data: Int32Array.of(0, 0, 0) } },
    "session-dtype",
    /int32.*expected float32/,
  ],
]

interface Runner {
  load(model: Uint8Array): Promise<Pick<RuntimeSession, "inputs" | "outputs" | "run" | "dispose">>
}

/** Everything that a runner gives for the model above, in one value that tests compare. */
export async function exercise(runner: Runner) {
  const session = await runner.load(affineBytes)
  const { inputs, outputs } = session
  const all = await session.run(good)
  const one = await session.run(good, ["total"])
  const codes: (string | undefined)[] = []
  const code = async (work: Promise<unknown>) =>
    codes.push(
      await work.then(
        () => undefined,
        (error) => error.code,
      ),
    )
  for (const [, feeds] of refused) await code(session.run(feeds))
  await code(session.run(good, ["nothing"]))
  await code(runner.load(affineBytes.subarray(0, 60)))
  await code(runner.load(new Uint8Array(0)))
  await session.dispose()
  await session.dispose()
  await code(session.run(good))
  return {
    inputs,
    outputs,
    y: [...(all.y!.data as Float32Array)],
    total: [...(one.total!.data as Float32Array)],
    names: [Object.keys(all), Object.keys(one)],
    n: String((all.n!.data as BigInt64Array)[0]),
    codes,
  }
}

export const exercised: Awaited<ReturnType<typeof exercise>> = {
  inputs: [
    { name: "x", dtype: "float32", dims: ["batch", 2] },
    { name: "b", dtype: "float32", dims: ["batch"] },
  ],
  outputs: [
    { name: "y", dtype: "float32", dims: ["batch"] },
    { name: "total", dtype: "float32", dims: [] },
    { name: "n", dtype: "int64", dims: [] },
  ],
  y: [12, 34, 56.5],
  total: [102.5],
  names: [["y", "total", "n"], ["total"]],
  n: "6",
  codes: [
    ...refused.map(([, , code]) => code),
    "session-output-unknown",
    "session-model",
    "session-model",
    "session-disposed",
  ],
}
