import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { getOptions, setOptions, VerifyError } from "../src/index.js"
import type { Kernel } from "../src/kernels/define.js"
import { kernels } from "../src/kernels/index.js"
import { numbers, tf } from "./support.js"

// A pass that is wrong on purpose: sums become differences.
vi.mock(import("../src/passes/index.js"), async (importOriginal) => {
  const actual = await importOriginal()
  const wrong = {
    name: "wrong-sums",
    run: (graph: Parameters<ReturnType<typeof actual.activePasses>[number]["run"]>[0]) => {
      for (const node of graph.nodes) if (node.op === "Add") Object.assign(node, { op: "Sub" })
      return graph
    },
  }
  return {
    ...actual,
    passNames: [...actual.passNames, wrong.name] as unknown as typeof actual.passNames,
    activePasses: (off) => [...actual.activePasses(off), ...(off.includes(wrong.name) ? [] : [wrong])],
  }
})

const RIGHT = ["wrong-sums"]
const softplus = kernels.get("Softplus")!
const replace = (kernel: Kernel) => (kernels as Map<string, Kernel>).set(kernel.name, kernel)

beforeEach(async () => {
  await tf.setBackend("ort")
  setOptions({ verify: true, disablePasses: RIGHT })
})
afterEach(() => {
  replace(softplus)
})

/** The error of a read; the scope takes the tensors back. */
function failure(run: () => tf.Tensor): VerifyError {
  try {
    tf.tidy(() => run().dataSync())
  } catch (error) {
    return error as VerifyError
  }
  throw new Error("No error was thrown.")
}

test("agrees where kernels and passes are right", () => {
  const values = tf.tidy(() => numbers([2, 6, 6, 16]).mul(2).add(1).softplus().mean([1, 2]).dataSync())
  expect(values).toHaveLength(32)
})

test("names the pass that changes a value, and how to go on", () => {
  setOptions({ disablePasses: [] })
  const step = () =>
    numbers([4], 1)
      .add(numbers([4], 2))
      .exp()
  const error = failure(step)
  expect(error).toBeInstanceOf(VerifyError)
  expect(error.code).toBe("ORT_VERIFY")
  expect(error.message).toMatch(
    /differs from the same step without passes by \d.*first in Add \(node 0, float32\[4\]\)/,
  )
  expect(error.message).toContain('Without the pass "wrong-sums" it agrees.')
  expect(error.message).toContain('setOptions({ disablePasses: ["wrong-sums"] })')
  // The same step again is not answered from the faulty compilation.
  expect(failure(step).code).toBe("ORT_VERIFY")
  setOptions({ disablePasses: RIGHT })
  expect(tf.tidy(() => step().dataSync())).toHaveLength(4)
})

test("names the first kernel whose ONNX form is wrong, and its file", () => {
  replace({ ...softplus, emit: (_, [x], e) => e.op("Exp", [x!]) })
  const error = failure(() => numbers([2, 3]).mul(2).softplus().sum(1))
  expect(error.message).toMatch(
    /^Softplus \(node 1, float32\[2,3\]\) is the first kernel that differs from tfjs-backend-cpu, by \d/,
  )
  expect(error.message).toContain("packages/backend-ort/src/kernels/unary.ts")
})

test("rounding that the step itself amplifies is no difference", () => {
  // The mean of centered values is nothing but rounding, and dividing by its size makes it about 1.
  const noise = tf.tidy(() => {
    const x = numbers([1000]).add(100)
    const rest = x.sub(x.mean()).mean()
    return rest.div(rest.abs().add(1e-8)).dataSync()[0]!
  })
  expect(Math.abs(noise)).toBeLessThanOrEqual(1)
})

test("is switched on by option only, else nothing is compared", () => {
  setOptions({ verify: false, disablePasses: [] })
  expect(getOptions().verify).toBe(false)
  const difference = tf.tidy(() =>
    tf
      .tensor1d([3])
      .add(tf.tensor1d([1]))
      .dataSync(),
  )
  expect(Array.from(difference)).toEqual([2])
})
