// Every gradient that tfjs-core registers, on this backend: against the cpu backend, element by element, and against
// central differences of the function. PyTorch's values: gradients-torch.test.ts.
import { type GradConfig, getGradient, getKernel, registerGradient } from "@tensorflow/tfjs-core"
import { afterAll, describe, expect, test } from "vitest"
import { setOptions } from "../src/options.js"
import { passNames } from "../src/passes/index.js"
import type { GradientCase } from "./gradients/case.js"
import { composed } from "./gradients/composed.js"
import { derivatives, outputWeights } from "./gradients/differences.js"
import { elementwise } from "./gradients/elementwise.js"
import { reductions } from "./gradients/reduce.js"
import { rearrangements } from "./gradients/shape.js"
import { windowed } from "./gradients/window.js"
import { difference, tf } from "./support.js"

const cases = { ...elementwise, ...reductions, ...rearrangements, ...windowed }

/** float32 sums in another order; relative to the largest magnitude (at least 1). The worst here: 5e-7. */
const SAME = 2e-6
/** See differences.ts: 1e-5 for each output that moves, of which a window moves a dozen. The worst here: 1.5e-4. */
const DERIVATIVE = 3e-4

const kernels = (Object.values(tf) as unknown[]).filter(
  (name): name is string => typeof name === "string" && getGradient(name) !== undefined,
)
/** tfjs-core's own: this backend puts others in place of some (src/gradients). */
const stock = kernels.map((name) => getGradient(name))
/** Kernels that no function of tfjs-core runs; only their gradients are there. */
const unreachable: Readonly<Record<string, string>> = {
  BroadcastTo: "tf.broadcastTo runs Tile",
  LogSoftmax: "tf.logSoftmax has a gradient of its own",
}
const called = new Set<string>()

function traceStockGradients(): void {
  called.clear()
  for (const config of stock)
    registerGradient({
      ...config,
      gradFunc: (...args: Parameters<GradConfig["gradFunc"]>) => {
        called.add(config.kernelName)
        return config.gradFunc(...args)
      },
    })
}

async function gradients(backend: "ort" | "cpu", c: GradientCase): Promise<number[][]> {
  await tf.setBackend(backend)
  return tf.tidy(() => {
    const made = c.inputs.map(({ shape, values }) => tf.tensor([...values], [...shape]))
    const inputs = c.prepare ? made.map(c.prepare) : made
    const { shape } = c.run(...inputs)
    const dy = tf.tensor([...outputWeights(shape).values], shape)
    return tf
      .grads(c.run)(inputs, dy)
      .map((gradient, i) => {
        expect(gradient.shape).toEqual(c.inputs[i]!.shape)
        expect(gradient.dtype).toBe("float32")
        return Array.from(gradient.dataSync())
      })
  })
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0)
const norm = (a: readonly number[]): number => Math.sqrt(dot(a, a))

async function check(c: GradientCase, kernel?: string): Promise<void> {
  traceStockGradients()
  const reference = c.withoutCpu ? undefined : await gradients("cpu", c)
  if (kernel && reference) expect([...called]).toContain(kernel)
  const expected = c.withoutDifferences ? [] : await derivatives(c)
  for (const disablePasses of [[], passNames]) {
    setOptions({ disablePasses })
    const actual = await gradients("ort", c)
    const passes = disablePasses.length === 0 ? "passes on" : "passes off"
    reference?.forEach((gradient, i) => {
      expect(difference(gradient, actual[i]!), `input ${i} against cpu, ${passes}`).toBeLessThan(SAME)
    })
    for (const { input, direction, value } of expected) {
      const gradient = actual[input]!
      const error = Math.abs(dot(gradient, direction) - value) / Math.max(1, norm(gradient))
      expect(error, `input ${input} along ${direction.indexOf(1)}, ${passes}`).toBeLessThan(DERIVATIVE)
    }
  }
}

afterAll(() => setOptions({ disablePasses: [] }))

test("every gradient of tfjs-core has a case", () => {
  expect(kernels.filter((kernel) => !(kernel in cases || kernel in unreachable))).toEqual([])
  for (const kernel of Object.keys(unreachable)) expect(getKernel(kernel, "cpu")).toBeUndefined()
  expect(Object.keys(cases).filter((kernel) => !kernels.includes(kernel))).toEqual([])
  expect(kernels.length).toBeGreaterThan(100)
})

describe.each(Object.entries(cases))("%s", (kernel, list) => {
  test.each(list.map((c) => [c.name, c] as const))("%s", (_, c) => check(c, kernel))
})

describe.each(Object.entries(composed))("%s", (_, list) => {
  test.each(list.map((c) => [c.name, c] as const))("%s", (_, c) => check(c))
})
