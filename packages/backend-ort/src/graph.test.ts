import { expect, test } from "vitest"
import "./register.js"
import { GraphError } from "./errors.js"
import { type Graph, GraphBuilder, print, verify } from "./graph.js"
import { setOptions } from "./options.js"
import { commonSubexpression } from "./passes/common-subexpression.js"
import { deadCode } from "./passes/dead-code.js"
import { optimize } from "./realize.js"

function biasedConvolution(): Graph {
  const builder = new GraphBuilder()
  const x = builder.add("Input", [], { index: 0 }, [2, 8, 8, 3], "float32")
  const w = builder.add("Input", [], { index: 1 }, [3, 3, 3, 16], "float32")
  const b = builder.add("Input", [], { index: 2 }, [16], "float32")
  const attrs = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] }
  const y = builder.add("Conv2D", [x, w], attrs, [2, 8, 8, 16], "float32")
  const sum = builder.add("Add", [y, b], {}, y.shape, "float32")
  const relu = builder.add("Relu", [sum], {}, y.shape, "float32")
  builder.add("Exp", [x], {}, x.shape, "float32")
  return { nodes: builder.nodes, outputs: [relu] }
}

test("a convolution without the blocked layout prints the same lines each time", () => {
  setOptions({ block: "off" })
  expect(print(optimize(biasedConvolution()))).toMatchInlineSnapshot(`
    "%0 = Input() {index=0} : float32[2,8,8,3]
    %1 = Input() {index=1} : float32[3,3,3,16]
    %2 = Input() {index=2} : float32[16]
    %3 = Conv2D(%0, %1) {kernel=[3,3] strides=[1,1] dilations=[1,1] pads=[1,1,1,1]} : float32[2,8,8,16]
    %4 = Add(%3, %2) : float32[2,8,8,16]
    %5 = Relu(%4) : float32[2,8,8,16]
    return %5"
  `)
})

test("bias and relu become part of the blocked convolution", () => {
  setOptions({ block: "probe" })
  const optimized = optimize(biasedConvolution())
  const operations = optimized.nodes.map((node) => node.op)
  // A machine without the blocked layout keeps the plain form.
  if (operations.includes("Conv2D")) return
  expect(operations).not.toContain("Relu")
  expect(operations).not.toContain("Add")
  expect(operations.filter((op) => op === "BlockedConv")).toHaveLength(1)
  // One block of channels: the blocked memory is that of NHWC, so no reorder is left.
  expect(operations).not.toContain("ReorderOutput")
})

test("equal nodes merge and unused ones go", () => {
  const builder = new GraphBuilder()
  const x = builder.add("Input", [], { index: 0 }, [4], "float32")
  const a = builder.add("Exp", [x], {}, [4], "float32")
  const b = builder.add("Exp", [x], {}, [4], "float32")
  builder.add("Log", [x], {}, [4], "float32")
  const sum = builder.add("Add", [a, b], {}, [4], "float32")
  const result = deadCode.run(commonSubexpression.run({ nodes: builder.nodes, outputs: [sum] }))
  expect(result.nodes.map((node) => node.op)).toEqual(["Input", "Exp", "Add"])
  expect(result.outputs[0]!.inputs[0]).toBe(result.outputs[0]!.inputs[1])
})

test("verify finds a use before its computation", () => {
  const builder = new GraphBuilder()
  const x = builder.add("Input", [], { index: 0 }, [4], "float32")
  const y = builder.add("Exp", [x], {}, [4], "float32")
  expect(() => verify({ nodes: [y, x], outputs: [y] }, "shuffle")).toThrow(GraphError)
})
