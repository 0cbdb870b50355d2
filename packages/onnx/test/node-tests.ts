// onnx's own backend node tests against the importer: reads the pack that tools/reference/onnx_node_tests.py makes, runs
// each test, and writes the table of OPERATORS.md.
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import * as tf from "@tensorflow/tfjs-core"
import { importModel } from "../src/import/index.js"
import { decodeModel, encodeModel, ImportError, type Initializer } from "../src/index.js"

export interface NodeTest {
  /** e.g. "test_conv_with_strides_padding" */
  readonly name: string
  readonly bytes: Uint8Array
  readonly inputs: Readonly<Record<string, Initializer>>
  readonly outputs: Readonly<Record<string, Initializer>>
}
export interface NodeResult {
  readonly name: string
  readonly status: "passed" | "failed" | "unsupported"
  /** What is missing or wrong; "" when passed. */
  readonly detail: string
}

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url))

/** What was packed, and what was left out by reason. */
export const packed = JSON.parse(fixture("node-tests.json").toString()) as {
  readonly onnx: string
  readonly tests: number
  readonly left_out: Readonly<Record<string, readonly string[]>>
}

export function readNodeTests(): NodeTest[] {
  const bytes = new Uint8Array(gunzipSync(fixture("node-tests.bin.gz")))
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const tests: NodeTest[] = []
  let at = 0
  const next = (): Uint8Array => {
    const length = view.getUint32(at, true)
    at += 4 + length
    return bytes.slice(at - length, at)
  }
  while (at < bytes.length) {
    const [model, data] = [next(), decodeModel(next())]
    const side = (prefix: string) =>
      Object.fromEntries(
        data.initializers
          .filter(({ name }) => name.startsWith(prefix))
          .map((value) => [value.name.slice(prefix.length), value]),
      )
    tests.push({ name: data.name ?? "", bytes: model, inputs: side("input:"), outputs: side("output:") })
  }
  return tests
}

/** The numbers of a tensor, in float64. */
function numbers({ type, raw }: Initializer): Float64Array {
  const { buffer } = raw.slice()
  switch (type) {
    case "float32":
      return Float64Array.from(new Float32Array(buffer))
    case "float64":
      return new Float64Array(buffer)
    case "int8":
      return Float64Array.from(new Int8Array(buffer))
    case "int16":
      return Float64Array.from(new Int16Array(buffer))
    case "uint16":
      return Float64Array.from(new Uint16Array(buffer))
    case "int32":
      return Float64Array.from(new Int32Array(buffer))
    case "uint32":
      return Float64Array.from(new Uint32Array(buffer))
    case "int64":
      return Float64Array.from(new BigInt64Array(buffer), Number)
    case "uint64":
      return Float64Array.from(new BigUint64Array(buffer), Number)
    default:
      return Float64Array.from(raw)
  }
}

function tensorOf(value: Initializer): tf.Tensor {
  const dtype = value.type === "bool" ? "bool" : value.type.startsWith("float") ? "float32" : "int32"
  const data = numbers(value)
  return tf.tensor(
    dtype === "float32" ? Float32Array.from(data) : Int32Array.from(data),
    [...value.dims],
    dtype,
  )
}

/** onnx's own tolerances (onnx/backend/test/runner), with the rounding of float32 where a test is of float64. */
const RELATIVE = 1e-3
const ABSOLUTE = 1e-7

/**
 * Runs a test. Where an input decides on a shape (axes, sizes, a depth), it is made a constant of the model, as it is in
 * every exported one: the importer never reads a tensor back to learn a shape.
 */
export async function runNodeTest(test: NodeTest): Promise<NodeResult> {
  const result = await attempt(test)
  if (result.status !== "unsupported" || !result.detail.includes(DEPENDS)) return result
  const model = decodeModel(test.bytes)
  const [first] = Object.keys(test.inputs)
  const constants = Object.entries(test.inputs).filter(
    ([name]) => name !== first || test.inputs[name]?.type === "int64",
  )
  const initializers = [...model.initializers, ...constants.map(([name, value]) => ({ ...value, name }))]
  const free = Object.entries(test.inputs).filter(
    ([name]) => !constants.some(([constant]) => constant === name),
  )
  return attempt({
    ...test,
    bytes: encodeModel({ ...model, initializers }),
    inputs: Object.fromEntries(free),
  })
}
const DEPENDS = "depends on the input's values"

async function attempt({ name, bytes, inputs, outputs }: NodeTest): Promise<NodeResult> {
  const before = tf.memory().numTensors
  let detail = ""
  let status: NodeResult["status"] = "passed"
  try {
    const model = importModel(bytes)
    const feeds = Object.fromEntries(Object.entries(inputs).map(([input, value]) => [input, tensorOf(value)]))
    try {
      const results = model.run(feeds, Object.keys(outputs))
      for (const [output, expected] of Object.entries(outputs)) {
        detail ||= await difference(output, results[output], expected)
      }
      tf.dispose(results)
    } finally {
      tf.dispose(feeds)
      model.dispose()
    }
    const left = tf.memory().numTensors - before
    if (detail === "" && left !== 0) detail = `${left} tensors are left`
    if (detail !== "") status = "failed"
  } catch (error) {
    if (error instanceof ImportError && error.code === "onnx-unsupported") {
      status = "unsupported"
      detail = error.operators.join(", ") || error.message
    } else {
      status = "failed"
      detail = error instanceof Error ? error.message : String(error)
    }
  }
  return { name, status, detail }
}

async function difference(
  name: string,
  found: tf.Tensor | undefined,
  expected: Initializer,
): Promise<string> {
  if (!found) return `"${name}" is missing`
  if (found.shape.join() !== expected.dims.join())
    return `"${name}" has the shape [${found.shape}], expected [${expected.dims}]`
  const [values, wanted] = [await found.data(), numbers(expected)]
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [Number(values[i]), wanted[i] as number]
    const same = a === b || (Number.isNaN(a) && Number.isNaN(b))
    if (!same && !(Math.abs(a - b) <= ABSOLUTE + RELATIVE * Math.abs(b)))
      return `"${name}"[${i}] is ${a}, expected ${b}`
  }
  return ""
}
