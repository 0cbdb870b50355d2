import { beforeEach, describe, expect, test, vi } from "vitest"
import { numbers, tf } from "../test/support.js"
import type { OrtBackend } from "./backend.js"
import { ReplayError } from "./errors.js"
import { resetStats, setOptions, stats } from "./index.js"
import type { Program } from "./replay.js"

beforeEach(async () => {
  setOptions({ strict: true, verify: false, block: "probe", disablePasses: [] })
  await tf.setBackend("ort")
  resetStats()
})

const replayed = (program: Program): Program => (tf.backend() as OrtBackend).replayed(program)
const values = (tensor: tf.Tensor | tf.Tensor[]): number[] => {
  const one = Array.isArray(tensor) ? tensor[0]! : tensor
  const read = Array.from(one.dataSync())
  tf.dispose(tensor)
  return read
}

/** One step of gradient descent with momentum on a small network; the rate is an input. */
function descent() {
  const start = numbers([6, 3], 4)
  const weight = tf.variable(start) as tf.Variable<tf.Rank.R2>
  const slot = tf.variable(tf.zerosLike(weight))
  start.dispose()
  const step: Program = (x, rate) => {
    const { value, grads } = tf.variableGrads(
      () =>
        tf
          .matMul(x as tf.Tensor2D, weight)
          .tanh()
          .square()
          .mean() as tf.Scalar,
      [weight],
    )
    slot.assign(slot.mul(0.9).add(grads[weight.name]!))
    weight.assign(weight.sub(slot.mul(rate!)))
    return value
  }
  const run = (program: Program, index: number): number[] => {
    const inputs = [numbers([4, 6], index + 1), tf.scalar(0.1 / (index + 1))]
    const loss = values(program(...inputs))
    tf.dispose(inputs)
    return loss
  }
  return { weight, slot, step, run, dispose: () => tf.dispose([weight, slot]) }
}

describe("a pure step", () => {
  test("is compiled once in 50 steps, replayed in most, and the same to the bit", () => {
    const plain = descent()
    const expected = Array.from({ length: 50 }, (_, i) => plain.run(plain.step, i))
    const weights = Array.from(plain.weight.dataSync())
    resetStats()
    const fast = descent()
    const program = replayed(fast.step)
    const losses = Array.from({ length: 50 }, (_, i) => fast.run(program, i))
    expect(losses).toEqual(expected)
    expect(Array.from(fast.weight.dataSync())).toEqual(weights)
    // The plain run compiled this structure before; a new one may only come from what was realized beside it.
    expect(stats().compiles).toBeLessThanOrEqual(1)
    // Two recordings, and an audit in place of the 16th replay.
    expect(stats().replays).toBe(47)
    plain.dispose()
    fast.dispose()
  })

  test("leaves the number of tensors as it is", () => {
    const model = descent()
    const program = replayed(model.step)
    for (let i = 0; i < 3; i++) model.run(program, i)
    const before = tf.memory().numTensors
    for (let i = 0; i < 200; i++) model.run(program, i)
    expect(tf.memory().numTensors).toBe(before)
    expect(stats().replays).toBeGreaterThan(150)
    model.dispose()
  })

  test("starts from what a variable holds now, and spares copies taken of it", () => {
    const model = descent()
    const program = replayed(model.step)
    for (let i = 0; i < 3; i++) model.run(program, i)
    const copy = model.weight.clone()
    const before = Array.from(copy.dataSync())
    model.run(program, 3)
    expect(Array.from(copy.dataSync())).toEqual(before)
    expect(Array.from(model.weight.dataSync())).not.toEqual(before)
    // As a restored checkpoint does.
    model.weight.assign(tf.zerosLike(model.weight))
    expect(model.run(program, 4)).toEqual([0])
    tf.dispose(copy)
    model.dispose()
  })

  test("is recorded anew for other shapes, other options and inputs that are one tensor", () => {
    const program = replayed((a, b) => tf.add(a!, b!))
    const [two, three] = [tf.tensor1d([1, 2]), tf.tensor1d([1, 2, 3])]
    const one = tf.tensor1d([5, 6])
    for (let i = 0; i < 4; i++) expect(values(program(two, two))).toEqual([2, 4])
    for (let i = 0; i < 4; i++) expect(values(program(three, three))).toEqual([2, 4, 6])
    for (let i = 0; i < 4; i++) expect(values(program(two, one))).toEqual([6, 8])
    const { replays } = stats()
    expect(replays).toBe(6)
    setOptions({ disablePasses: ["resample"] })
    expect(values(program(two, one))).toEqual([6, 8])
    expect(stats().replays).toBe(replays)
    tf.dispose([two, three, one])
  })

  test("takes inputs that are not computed yet, and returns several tensors", () => {
    const program = replayed((x) => [x!.mul(2), x!])
    const x = tf.tensor1d([1, 2])
    for (let i = 0; i < 4; i++) {
      const shifted = x.add(i)
      const [doubled, same] = program(shifted) as [tf.Tensor, tf.Tensor]
      expect(Array.from(doubled.dataSync())).toEqual([2 * (1 + i), 2 * (2 + i)])
      expect(Array.from(same.dataSync())).toEqual([1 + i, 2 + i])
      tf.dispose([shifted, doubled, same])
    }
    expect(stats().replays).toBe(2)
    x.dispose()
  })
})

describe("what cannot be replayed is recorded every time, with right results", () => {
  const twice = tf.tensor1d([1, 2])
  const never = (program: Program, expected: (call: number) => number[]) => {
    const run = replayed(program)
    for (let i = 0; i < 6; i++) expect(values(run(twice))).toEqual(expected(i))
    expect(stats().replays).toBe(0)
  }

  test("a program that makes another number at each call", () => {
    let call = 0
    never(
      (x) => x!.mul(++call),
      (i) => [i + 1, 2 * (i + 1)],
    )
  })

  test("one that reads a value", () => {
    never(
      (x) => x!.mul(x!.sum().dataSync()[0]!),
      () => [3, 6],
    )
  })

  test("one that keeps a tensor", () => {
    const kept: tf.Tensor[] = []
    never(
      (x) => {
        kept.push(tf.keep(x!.add(1)))
        return x!.mul(2)
      },
      () => [2, 4],
    )
    expect(kept.map((tensor) => Array.from(tensor.dataSync()))).toEqual(new Array(6).fill([2, 3]))
    tf.dispose(kept)
  })

  test("verify", () => {
    setOptions({ verify: true })
    never(
      (x) => x!.mul(2),
      () => [2, 4],
    )
  })
})

test("within a gradient the program is differentiated as ever", () => {
  const program = replayed((x) => x!.square().sum())
  const x = tf.tensor1d([1, 2])
  for (let i = 0; i < 3; i++) values(program(x))
  expect(values(tf.grad((v) => program(v) as tf.Tensor)(x))).toEqual([2, 4])
  x.dispose()
})

test("a program that changes after it was replayed stops with what changed", () => {
  let factor = 2
  const program = replayed((x) => x!.mul(factor))
  const x = tf.tensor1d([1, 2])
  for (let i = 0; i < 3; i++) values(program(x))
  factor = 3
  const run = () => {
    for (let i = 0; i < 16; i++) values(program(x))
  }
  expect(run).toThrow(ReplayError)
  let deeper = false
  const other = replayed((y) => (deeper ? y!.exp() : y!.mul(2)))
  for (let i = 0; i < 3; i++) values(other(x))
  deeper = true
  expect(() => {
    for (let i = 0; i < 16; i++) values(other(x))
  }).toThrow(/other operations/)
  x.dispose()
})

test("with log every run is one line: nodes after each pass, hit or compile time, run time", () => {
  const lines: string[] = []
  const write = vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0)
  setOptions({ log: true })
  const program = replayed((x) => x!.mul(2).add(1))
  const x = tf.tensor1d([1, 2, 3, 4, 5])
  for (let i = 0; i < 3; i++) values(program(x))
  write.mockRestore()
  setOptions({ log: false })
  x.dispose()
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(
    /^ort: 2 kernels, 1 live; compiled in \d+ ms: 5 nodes > common-subexpression 5 > resample 5 .* > onnx \d+; run [\d.]+ ms\n$/,
  )
  expect(lines[1]).toMatch(/^ort: 2 kernels, 1 live; hit; run [\d.]+ ms\n$/)
  expect(lines[2]).toMatch(/^ort: replay, \d+ leaves, 1 live; run [\d.]+ ms\n$/)
})
