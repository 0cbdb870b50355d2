import { beforeEach, describe, expect, test, vi } from "vitest"
import { difference, numbers, tf } from "../test/support.js"
import { engineInfo, FallbackError, resetStats, setOptions, stats } from "./index.js"

beforeEach(async () => {
  setOptions({ strict: true, verify: true, block: "probe", disablePasses: [] })
  await tf.setBackend("ort")
  resetStats()
})

const CHANNELS = 16

/** Enlarges twice; composed on the cpu backend, whose own gradient is wrong for batches. */
function enlarge(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape
  if (tf.getBackend() === "ort") return tf.image.resizeNearestNeighbor(x, [2 * h, 2 * w])
  return x
    .reshape([n, h, 1, w, 1, c])
    .mul(tf.ones([1, 1, 2, 1, 2, 1]))
    .reshape([n, 2 * h, 2 * w, c])
}

/** A generator with batch norm, down- and upsampling and skips; a critic with relu and bias; Adam with state from zero. */
function tinyGan() {
  const weights: Record<string, tf.Variable> = {}
  const variables = (prefix: string) =>
    Object.entries(weights).flatMap(([name, variable]) => (name.startsWith(prefix) ? [variable] : []))
  const weight = (name: string, shape: number[], scale: number) => {
    const values = numbers(shape, Object.keys(weights).length + 3).mul(scale)
    weights[name] = tf.variable(tf.tensor(values.dataSync(), shape))
    return weights[name] as tf.Variable
  }
  const conv = (name: string, i: number, o: number, k: number) => {
    const w = weight(name, [k, k, i, o], 0.3 / k / Math.sqrt(i))
    const b = weight(`${name}/bias`, [o], 0.05)
    return (x: tf.Tensor4D) => tf.conv2d(x, w as tf.Tensor4D, 1, "same").add(b) as tf.Tensor4D
  }
  const norm = (name: string) => {
    const g = weight(name, [2, CHANNELS], 0.5)
    return (x: tf.Tensor4D, k: tf.Tensor1D) => {
      const d = x.sub(x.mean([0, 1, 2], true))
      const scale = d.square().mean([0, 1, 2], true).add(1e-5).rsqrt()
      return d
        .mul(scale)
        .mul(tf.gather(g, k).reshape([-1, 1, 1, CHANNELS]))
        .relu() as tf.Tensor4D
    }
  }
  const first = conv("g/first", 3, CHANNELS, 3)
  const n1 = norm("g/norm")
  const inner = conv("g/inner", CHANNELS, CHANNELS, 3)
  const last = conv("g/last", CHANNELS, 3, 3)
  const generator = (x: tf.Tensor4D, k: tf.Tensor1D) => {
    const h = first(x)
    const small = inner(tf.avgPool(n1(h, k), 2, 2, "valid") as tf.Tensor4D)
    return tf.tanh(last(h.add(enlarge(small)) as tf.Tensor4D))
  }
  const d1 = conv("d/first", 3, CHANNELS, 5)
  const d2 = conv("d/second", CHANNELS, 24, 3)
  const head = weight("d/head", [24, 1], 0.3)
  const critic = (x: tf.Tensor4D) =>
    tf.matMul(
      d2(tf.maxPool(d1(x).leakyRelu(0.2) as tf.Tensor4D, 2, 2, "valid"))
        .relu()
        .mean([1, 2]) as tf.Tensor2D,
      head as tf.Tensor2D,
    )
  const optimizers = [tf.train.adam(2e-3, 0, 0.9), tf.train.adam(2e-3, 0, 0.9)] as const
  const step = (index: number): number[] => {
    const x = numbers([2, 4, 4, 3], index + 50)
    const k = tf.tensor1d([index % 2, 1], "int32")
    const losses = tf.tidy(() => {
      const real = x.div(2) as tf.Tensor4D
      const d = tf.variableGrads(
        () =>
          tf
            .relu(tf.sub(1, critic(real)))
            .mean()
            .add(tf.relu(tf.add(1, critic(generator(real, k)))).mean()) as tf.Scalar,
        variables("d/"),
      )
      optimizers[0].applyGradients(d.grads as tf.NamedTensorMap as never)
      const g = tf.variableGrads(() => {
        const fake = generator(real, k)
        return critic(fake)
          .mean()
          .neg()
          .add(real.sub(generator(fake, k)).abs().mean().mul(10)) as tf.Scalar
      }, variables("g/"))
      optimizers[1].applyGradients(g.grads as tf.NamedTensorMap as never)
      return tf.stack([d.value, g.value])
    })
    const values = Array.from(losses.dataSync())
    tf.dispose([losses, x, k])
    return values
  }
  const dispose = () => {
    tf.dispose(Object.values(weights))
    for (const optimizer of optimizers) optimizer.dispose()
  }
  return { step, weights, dispose }
}

async function train(backend: string, steps: number): Promise<{ losses: number[][]; weights: number[][] }> {
  await tf.setBackend(backend)
  const gan = tinyGan()
  const losses = Array.from({ length: steps }, (_, i) => gan.step(i))
  const weights = Object.values(gan.weights).map((weight) => Array.from(weight.dataSync()))
  gan.dispose()
  return { losses, weights }
}

describe("a training step", () => {
  test("equals tfjs-backend-cpu over three steps", async () => {
    const ours = await train("ort", 3)
    const reference = await train("cpu", 3)
    expect(difference(reference.losses.flat(), ours.losses.flat())).toBeLessThan(1e-4)
    // Adam divides by the gradient's own size, so rounding differences of near-zero gradients stay visible.
    reference.weights.forEach((weight, i) => {
      expect(difference(weight, ours.weights[i]!)).toBeLessThan(2e-3)
    })
  })

  test("compiles once in fifty steps, the first included", async () => {
    const gan = tinyGan()
    resetStats()
    for (let i = 0; i < 50; i++) gan.step(i)
    expect(stats()).toMatchObject({ compiles: 1, runs: 50, fallbacks: {} })
    gan.dispose()
  })

  test("keeps no tensor and no data over 200 steps", async () => {
    const gan = tinyGan()
    gan.step(0)
    const before = { ...tf.memory() }
    for (let i = 1; i < 200; i++) gan.step(i)
    expect(tf.memory().numTensors).toBe(before.numTensors)
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers)
    gan.dispose()
  })

  test("gives the same bits again", async () => {
    expect(await train("ort", 5)).toEqual(await train("ort", 5))
  })

  test("is the same with every pass off", async () => {
    const on = await train("ort", 2)
    setOptions({ disablePasses: ["common-subexpression", "blocked-layout", "dead-code"] })
    const off = await train("ort", 2)
    setOptions({ disablePasses: ["affine-folding"] })
    const unfolded = await train("ort", 2)
    expect(difference(on.losses.flat(), off.losses.flat())).toBeLessThan(1e-4)
    expect(difference(on.losses.flat(), unfolded.losses.flat())).toBeLessThan(1e-4)
  })
})

test("values that change each step do not change the structure", () => {
  const weight = tf.variable(tf.ones([4]))
  const losses: number[] = []
  for (let i = 0; i < 5; i++) {
    // The third upload is uniform, as labels of one class are.
    const labels = tf.tensor1d(i === 2 ? [1, 1, 1, 1] : [i, 1, 0, 1])
    losses.push(
      tf.tidy(
        () =>
          weight
            .mul(tf.scalar(0.1 * i))
            .add(labels)
            .sum()
            .mul(2)
            .dataSync()[0]!,
      ),
    )
    labels.dispose()
  }
  expect(stats().compiles).toBe(1)
  expect(losses[1]).toBeCloseTo((0.4 + 3) * 2, 5)
  weight.dispose()
})

test("a caller may reuse the buffer it uploaded and the one it read", () => {
  const buffer = Float32Array.of(1, 2)
  const x = tf.tensor1d(buffer)
  const y = x.mul(2)
  buffer.fill(9)
  const read = y.dataSync()
  expect(Array.from(read)).toEqual([2, 4])
  read.fill(0)
  expect(Array.from(y.dataSync())).toEqual([2, 4])
  expect(Array.from(x.dataSync())).toEqual([1, 2])
  tf.dispose([x, y])
})

describe("a kernel without an entry", () => {
  test("runs on the cpu backend and warns once", () => {
    setOptions({ strict: false })
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
    const x = tf.tensor1d([3, 1, 3]).mul(2) as tf.Tensor1D
    const first = tf.unique(x).values.add(1)
    tf.unique(x)
    expect(Array.from(first.dataSync())).toEqual([7, 3])
    expect(stats().fallbacks).toEqual({ Unique: 2 })
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]![0]).toMatch(
      /^Unique runs on the cpu backend .*kernels\/index\.ts.*x float32\[3\]/,
    )
    warn.mockRestore()
  })

  test("throws when strict", () => {
    expect(() => tf.unique(tf.tensor1d([1, 2]))).toThrow(FallbackError)
  })
})

test("doctor's facts", () => {
  const info = engineInfo()
  expect(info.onnxruntime).toBe("1.30.0")
  expect([8, 16, undefined]).toContain(info.block)
})

test("gradient overrides win over registrations that come later", async () => {
  const stock = { kernelName: "Sum", gradFunc: () => ({}) }
  tf.registerGradient(stock)
  const gradient = tf.tidy(() =>
    tf
      .grad((x) => x.sum())(tf.ones([3]))
      .dataSync(),
  )
  expect(Array.from(gradient)).toEqual([1, 1, 1])
  expect(tf.getGradient("Sum")).not.toBe(stock)
})
