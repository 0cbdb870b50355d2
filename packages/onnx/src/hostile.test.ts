import "@tensorflow/tfjs-backend-cpu"
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, test } from "vitest"
import { importModel } from "./import/index.js"
import { decodeModel, encodeModel, type Model, modelProblems, type OnnxNode } from "./index.js"
import { Writer } from "./wire.js"

beforeAll(() => tf.setBackend("cpu"))

const x = { name: "x", type: "float32", dims: ["batch", 4] } as const
const y = { name: "y", type: "float32", dims: ["batch", 4] } as const
const modelOf = (nodes: readonly OnnxNode[], more: Partial<Model> = {}): Uint8Array =>
  encodeModel({ nodes, inputs: [x], outputs: [y], initializers: [], opsets: { "": 17 }, ...more })
const relu = (from: string, to: string): OnnxNode => ({ op: "Relu", inputs: [from], outputs: [to] })
const run = (bytes: Uint8Array) => {
  const model = importModel(bytes)
  const feed = tf.zeros([1, 4])
  try {
    tf.dispose(model.run({ x: feed }))
  } finally {
    feed.dispose()
    model.dispose()
  }
}
/** A graph message by hand, for what encodeModel cannot say. */
const withGraph = (write: (graph: Writer) => void, after: (model: Writer) => void = () => {}) => {
  const model = new Writer()
  model.message(7, write)
  model.message(8, (opset) => {
    opset.string(1, "")
    opset.int(2, 17)
  })
  after(model)
  return model.finish()
}
const externalTensor = (location: string) => (tensor: Writer) => {
  tensor.int(1, 4)
  tensor.int(2, 1)
  tensor.string(8, "w")
  tensor.message(13, (entry) => {
    entry.string(1, "location")
    entry.string(2, location)
  })
  tensor.int(14, 1)
}

describe("numbers in other files are refused, and no file is opened", () => {
  test.each([
    ["beside the model", "weights.bin", /another file, "weights.bin"; expected/],
    ["above its folder", "../../etc/passwd", /lies outside the model's folder/],
    ["at an absolute path", "/etc/passwd", /lies outside/],
    ["on another drive", "c:\\secret", /lies outside/],
  ])("%s", (_, location, message) => {
    const bytes = withGraph((graph) => graph.message(5, externalTensor(location)))
    expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ code: "onnx-external" }))
    expect(() => decodeModel(bytes)).toThrow(message)
  })
  test("in a subgraph, in an attribute, in a function, in a sparse tensor", () => {
    const tensor = externalTensor("w.bin")
    const holding = (attribute: (writer: Writer) => void) => (node: Writer) => {
      node.string(4, "If")
      node.message(5, (written) => {
        written.string(1, "a")
        written.int(20, 5)
        attribute(written)
      })
    }
    const byAttribute = holding((attribute) => attribute.message(5, tensor))
    const bySubgraph = holding((attribute) => attribute.message(6, (graph) => graph.message(5, tensor)))
    const inFunction = (model: Writer) => model.message(25, (entry) => entry.message(7, byAttribute))
    for (const bytes of [
      withGraph((graph) => graph.message(1, byAttribute)),
      withGraph((graph) => graph.message(1, bySubgraph)),
      withGraph((graph) => graph.message(15, (sparse) => sparse.message(1, tensor))),
      withGraph(() => {}, inFunction),
    ])
      expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ code: "onnx-external" }))
  })
})

test("subgraphs are followed to a bounded depth, without recursion", () => {
  let graph: Uint8Array = new Uint8Array(0)
  for (let depth = 0; depth < 5000; depth++) {
    const outer = new Writer()
    const inner = graph
    outer.message(1, (node) =>
      node.message(5, (attribute) => {
        attribute.int(20, 5)
        attribute.bytes(6, inner)
      }),
    )
    graph = outer.finish()
  }
  const model = new Writer()
  model.bytes(7, graph)
  expect(() => decodeModel(model.finish())).toThrow(expect.objectContaining({ code: "onnx-limit" }))
})

test("functions of the model's own, which could call themselves, are refused by name", () => {
  const bytes = withGraph(
    () => {},
    (model) =>
      model.message(25, (entry) => {
        entry.string(1, "Loopy")
        entry.message(7, (node) => node.string(4, "Loopy"))
      }),
  )
  expect(() => decodeModel(bytes)).toThrow(
    expect.objectContaining({ code: "onnx-unsupported", operators: ["function Loopy (no domain)"] }),
  )
})

describe("declared sizes are checked before anything of that size is made", () => {
  test.each([
    ["a tensor larger than its bytes", [2 ** 20, 2 ** 20]],
    ["a negative size", [-4]],
    ["sizes whose product no number holds", [2 ** 40, 2 ** 40]],
  ])("%s", (_, dims) => {
    const initializers = [{ name: "w", type: "float32" as const, dims, raw: new Uint8Array(16) }]
    expect(() => decodeModel(modelOf([relu("x", "y")], { initializers }))).toThrow(
      expect.objectContaining({ code: "onnx-model" }),
    )
  })
  test("doubling again and again", () => {
    const nodes = Array.from({ length: 40 }, (_, i): OnnxNode => {
      const from = i === 0 ? "x" : `v${i - 1}`
      return {
        op: "Concat",
        inputs: [from, from],
        outputs: [i === 39 ? "y" : `v${i}`],
        attributes: { axis: 0 },
      }
    })
    // The host list of a known value is never made: x is fed, so only shapes grow until the limit.
    const wide = { ...x, dims: ["batch", 2 ** 20] }
    const model = importModel(modelOf(nodes, { inputs: [wide] }))
    const feed = tf.zeros([1, 2 ** 20])
    expect(() => model.run({ x: feed })).toThrow(expect.objectContaining({ code: "onnx-limit" }))
    feed.dispose()
    model.dispose()
  })
})

test("a file cut anywhere is no model", () => {
  const whole = modelOf([relu("x", "a"), relu("a", "y")])
  for (let length = 0; length < whole.length; length++) {
    let code = "whole"
    try {
      importModel(whole.slice(0, length)).dispose()
    } catch (error) {
      code = (error as { code: string }).code
    }
    // Cut between two fields of the model itself, a shorter file may be whole.
    expect(["onnx-model", "onnx-unsupported", "whole"]).toContain(code)
  }
})

test("a number of more than ten bytes is refused", () => {
  expect(() => decodeModel(Uint8Array.from({ length: 12 }, () => 255))).toThrow(
    expect.objectContaining({ code: "onnx-model" }),
  )
})

test("100 000 nodes are read and computed; one more is refused", () => {
  const chain = (count: number) =>
    modelOf(
      Array.from({ length: count }, (_, i) =>
        relu(i === 0 ? "x" : `v${i}`, i === count - 1 ? "y" : `v${i + 1}`),
      ),
    )
  const bytes = chain(100_000)
  expect(modelProblems(decodeModel(bytes))).toEqual([])
  run(bytes)
  expect(() => importModel(chain(100_001))).toThrow(expect.objectContaining({ code: "onnx-limit" }))
})

test("2000 mutated files give models or typed errors", () => {
  const script = fileURLToPath(new URL("../scripts/fuzz.mjs", import.meta.url))
  const out = execFileSync(process.execPath, [script, "--count", "2000", "--seed", "7", "--json"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  })
  const result = JSON.parse(out.slice(out.indexOf("{")))
  expect(result.bad).toEqual([])
  expect(result.outcomes.ran).toBeGreaterThan(50)
  expect(result.outcomes["onnx-model"]).toBeGreaterThan(500)
})
