// Random small graphs, one operator each: what `importModel` computes is what onnxruntime computes of the file itself.
// Attributes and shapes are drawn, so combinations meet that no example has. IFNORMAL_GRAPHS=100 draws more for each
// operator; IFNORMAL_BACKEND=ort computes on this engine, which compiles every graph.
// More than 400 lines: one table, a row for each operator.

import { type Attribute, encodeModel, ImportError, type Initializer } from "@ifnormal/onnx"
import { importModel } from "@ifnormal/onnx/import"
import * as tf from "@tensorflow/tfjs-core"
import { describe, expect, test } from "vitest"
import { sessionRunner } from "../src/index.js"
import "./support.js"

type Random = (n: number) => number

/** Integers below n. */
function random(seed: number): Random {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

interface Drawn {
  readonly opset?: number
  /** Shape of the input. */
  readonly dims: readonly number[]
  /** Further inputs: a shape of random weights, given integers, or none. */
  readonly more?: readonly (
    | readonly number[]
    | { readonly ints: readonly number[] }
    | { readonly floats: readonly number[] }
    | undefined
  )[]
  readonly attributes?: Readonly<Record<string, Attribute | undefined>>
}

const numbers = (pick: Random, count: number) =>
  Float32Array.from({ length: count }, () => (pick(2001) - 1000) / 500)
const size = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1)
const times = (n: number, draw: () => number) => Array.from({ length: n }, draw)

/** Both results for one drawn node; undefined where onnxruntime refuses it. */
async function both(op: string, drawn: Drawn, pick: Random) {
  const initializers: Initializer[] = []
  const inputs = ["x"]
  for (const [i, input] of (drawn.more ?? []).entries()) {
    inputs.push(input ? `w${i}` : "")
    if (!input) continue
    const list = Array.isArray(input)
    if (!list && "ints" in input)
      initializers.push({
        name: `w${i}`,
        type: "int64",
        dims: [input.ints.length],
        raw: new Uint8Array(BigInt64Array.from(input.ints, BigInt).buffer),
      })
    else {
      const dims = list ? (input as readonly number[]) : [(input as { floats: number[] }).floats.length]
      const values = list
        ? numbers(pick, size(dims))
        : Float32Array.from((input as { floats: number[] }).floats)
      // Variances are above 0.
      if (op === "BatchNormalization")
        for (const [k, value] of values.entries()) values[k] = Math.abs(value) + 0.1
      initializers.push({ name: `w${i}`, type: "float32", dims, raw: new Uint8Array(values.buffer) })
    }
  }
  const given = Object.entries(drawn.attributes ?? {}).filter(([, value]) => value !== undefined)
  const attributes = Object.fromEntries(given) as Record<string, Attribute>
  // Behind a convolution images are held with channels last.
  // A product would carry the rounding of its smallest factor.
  const mixes = drawn.dims.length === 4 && op !== "ReduceProd" && pick(2)
  const channels = mixes ? drawn.dims[1]! : 0
  if (channels > 0) {
    const dims = [channels, channels, 1, 1]
    const raw = new Uint8Array(numbers(pick, channels ** 2).buffer)
    initializers.push({ name: "mix", type: "float32", dims, raw })
    inputs[0] = "mixed"
  }
  const bytes = encodeModel({
    nodes: [
      ...(channels > 0 ? [{ op: "Conv", inputs: ["x", "mix"], outputs: ["mixed"] }] : []),
      { op, inputs, outputs: ["y"], attributes },
    ],
    inputs: [{ name: "x", type: "float32", dims: drawn.dims }],
    outputs: [{ name: "y", type: op === "ArgMax" ? "int64" : "float32", dims: [] }],
    initializers,
    opsets: { "": drawn.opset ?? 18 },
    irVersion: 8,
  })
  const data = numbers(pick, size(drawn.dims))
  const theirs = await onnxruntime(bytes, drawn.dims, data)
  if (!theirs) return undefined
  await tf.setBackend(process.env.IFNORMAL_BACKEND ?? "cpu")
  const model = importModel(bytes)
  try {
    const ours = tf.tidy(() => model.run({ x: tf.tensor(data, [...drawn.dims]) }).y as tf.Tensor)
    const result = { ours: { dims: ours.shape, data: ours.dataSync() }, theirs }
    ours.dispose()
    return result
  } finally {
    model.dispose()
  }
}

async function onnxruntime(bytes: Uint8Array, dims: readonly number[], data: Float32Array<ArrayBuffer>) {
  try {
    const session = await sessionRunner().load(bytes)
    try {
      const { y } = await session.run({ x: { dtype: "float32", dims, data } })
      return { dims: [...y!.dims], data: Float64Array.from(y!.data as ArrayLike<number>, Number) }
    } finally {
      await session.dispose()
    }
  } catch {
    return undefined
  }
}

interface Window {
  readonly auto_pad?: string
  readonly pads?: readonly number[]
  readonly kernel_shape: readonly number[]
  readonly strides: readonly number[]
  readonly dilations?: readonly number[]
}

/** Kernel, strides, dilations and pads of `n` axes. */
function window(pick: Random, n: number, kernel = times(n, () => 1 + pick(3))): Window {
  const auto = ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET", "NOTSET", "NOTSET"][pick(6)] as string
  return {
    ...(auto === "NOTSET" ? { pads: [...kernel, ...kernel].map((k) => pick(k)) } : { auto_pad: auto }),
    kernel_shape: kernel,
    strides: times(n, () => 1 + pick(3)),
    ...(pick(2) ? { dilations: times(n, () => 1 + pick(2)) } : {}),
  }
}
const image = (pick: Random, channels: number, n: number) => [
  1 + pick(2),
  channels,
  ...times(n, () => 5 + pick(5)),
]

const draws: Readonly<Record<string, (pick: Random) => Drawn>> = {
  Conv(pick) {
    const group = [1, 1, 2, 4][pick(4)] as number
    const [n, channels, out] = [1 + pick(2), 4, 4 * (1 + pick(2))]
    const attributes = { ...window(pick, n), group }
    return {
      dims: image(pick, channels, n),
      more: [[out, channels / group, ...attributes.kernel_shape], pick(2) ? [out] : undefined],
      attributes,
    }
  },
  ConvTranspose(pick) {
    const group = [1, 1, 2][pick(3)] as number
    const n = 1 + pick(2)
    const drawn = window(pick, n)
    // A kernel smaller than its stride under SAME_*: the standard says size x stride, onnxruntime gives less.
    const strides = drawn.strides.map((stride, i) =>
      drawn.auto_pad ? Math.min(stride, drawn.kernel_shape[i]!) : stride,
    )
    const attributes = { ...drawn, strides }
    const out = 2 * (1 + pick(2))
    return {
      dims: image(pick, 4, n),
      more: [[4, out / group, ...attributes.kernel_shape], pick(2) ? [out] : undefined],
      attributes: {
        ...attributes,
        group,
        output_padding: attributes.strides.map((stride) => pick(stride)),
      },
    }
  },
  MaxPool(pick) {
    const n = 1 + pick(2)
    const { dilations, ...attributes } = window(pick, n)
    // onnxruntime leaves dilations out of SAME_*, against the standard.
    const dilated = attributes.auto_pad || !dilations ? {} : { dilations }
    return {
      dims: image(pick, 2, n),
      attributes: { ...attributes, ...dilated, ceil_mode: pick(2) },
    }
  },
  AveragePool(pick) {
    const n = 1 + pick(2)
    const { dilations: _, ...attributes } = window(pick, n)
    return {
      dims: image(pick, 2, n),
      attributes: { ...attributes, ceil_mode: pick(2), count_include_pad: pick(2) },
    }
  },
  LpPool(pick) {
    const { dilations: _, ...attributes } = window(pick, 2)
    return { dims: image(pick, 2, 2), attributes: { ...attributes, p: 1 + pick(3) } }
  },
  BatchNormalization: (pick) => ({ dims: image(pick, 3, pick(3)), more: [[3], [3], [3], [3]] }),
  InstanceNormalization: (pick) => ({ dims: image(pick, 3, 1 + pick(2)), more: [[3], [3]] }),
  LRN: (pick) => ({
    dims: image(pick, 5, 2),
    attributes: { size: 1 + pick(5), alpha: { float: 0.3 }, beta: { float: 0.5 }, bias: { float: 1.5 } },
  }),
  LayerNormalization(pick) {
    const axis = pick(3) - 2
    const dims = [2, 3, 4]
    const normalized = axis === 0 ? dims : dims.slice(axis)
    return { dims, more: pick(2) ? [normalized, normalized] : [normalized], attributes: { axis } }
  },
  Resize(pick) {
    const modes = ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"]
    const dims = image(pick, 2, 2)
    const sizes = pick(2) === 1
    // Only sizes that come out whole: onnx and onnxruntime part where they are rounded.
    const scales = [1, 1, ...times(2, () => [1, 2, 3][pick(3)] as number)]
    return {
      dims,
      more: [
        undefined,
        sizes ? undefined : { floats: scales },
        ...(sizes ? [{ ints: [dims[0]!, 2, 3 + pick(14), 3 + pick(14)] }] : []),
      ],
      attributes: {
        mode: ["nearest", "linear", "cubic"][pick(3)] as string,
        coordinate_transformation_mode: modes[pick(4)] as string,
        nearest_mode: ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"][pick(4)] as string,
      },
    }
  },
  Pad(pick) {
    const mode = ["constant", "reflect", "edge"][pick(3)] as string
    const low = mode === "constant" ? -2 : 0
    const pads = times(8, () => low + pick(4))
    return {
      dims: image(pick, 4, 2),
      // The batch may be of one image, which cannot be cut.
      more: [{ ints: pads.map((size, i) => (i % 4 === 0 ? Math.max(0, size) : size)) }],
      attributes: { mode },
    }
  },
  Slice(pick) {
    const rank = 1 + pick(4)
    const draw = (n: number) => times(n, () => pick(14) - 7)
    const axes = times(rank, () => 0).map((_, i) => (pick(2) ? i : i - rank))
    return {
      dims: times(rank, () => 1 + pick(6)),
      more: [
        { ints: draw(rank) },
        { ints: draw(rank).map((end) => (end > 4 ? 2 ** 40 : end)) },
        { ints: axes },
        { ints: times(rank, () => [1, 2, 3, -1, -2][pick(5)] as number) },
      ],
    }
  },
  MatMul(pick) {
    const stacks = [[], [2], [1], [3, 2], [3, 1]]
    const [m, k, n] = [1 + pick(4), 1 + pick(4), 1 + pick(4)]
    const left = stacks[pick(5)] as number[]
    const right = stacks[pick(5)] as number[]
    return { dims: pick(6) ? [...left, m, k] : [k], more: [pick(6) ? [...right, k, n] : [k]] }
  },
  Gemm(pick) {
    const [m, k, n] = [1 + pick(4), 1 + pick(4), 1 + pick(4)]
    const [transA, transB] = [pick(2), pick(2)]
    return {
      dims: transA ? [k, m] : [m, k],
      more: [transB ? [n, k] : [k, n], [[n], [1, n], [m, 1], [1]][pick(4)]],
      attributes: { transA, transB, alpha: { float: 0.5 }, beta: { float: pick(2) } },
    }
  },
  Softmax: (pick) => ({
    dims: [2, 3, 4, 5].slice(pick(3)),
    attributes: { axis: pick(2) - 1 },
    opset: [11, 13, 18][pick(3)] as number,
  }),
  DepthToSpace: (pick) => ({
    dims: [2, 8, 3, 2],
    attributes: { blocksize: 2, mode: ["DCR", "CRD"][pick(2)] as string },
  }),
  Gather(pick) {
    const dims = [2, 3, 4, 5]
    const axis = pick(8) - 4
    const n = dims.at(axis)!
    return { dims, more: [{ ints: times(1 + pick(4), () => pick(2 * n) - n) }], attributes: { axis } }
  },
  Tile: (pick) => ({ dims: [2, 3, 2, 2], more: [{ ints: times(4, () => 1 + pick(3)) }] }),
  Expand: (pick) => ({
    dims: [2, 1, 3, 1],
    more: [{ ints: [pick(2) + 1, [2, 1][pick(2)]!, 3, 1 + pick(3)] }],
  }),
  CumSum: (pick) => ({
    dims: [2, 3, 4, 2],
    more: [{ ints: [pick(8) - 4] }],
    attributes: { exclusive: pick(2), reverse: pick(2) },
  }),
  Trilu: (pick) => ({ dims: [2, 3, 4], more: [{ ints: [pick(7) - 3] }], attributes: { upper: pick(2) } }),
  Concat: (pick) => ({
    dims: [2, 3, 2, 2],
    more: [[2, 3, 2, 2]],
    attributes: { axis: pick(8) - 4 },
  }),
  Reshape: (pick) => ({
    dims: [2, 3, 4, 2],
    more: [{ ints: [[0, -1], [2, 0, -1], [-1], [0, 0, 0, 2], [6, 8], [1, -1, 2]][pick(6)]! }],
  }),
  Flatten: (pick) => ({ dims: [2, 3, 4, 2], attributes: { axis: pick(9) - 4 } }),
  ArgMax: (pick) => ({
    dims: [2, 3, 4, 2],
    attributes: { axis: pick(8) - 4, keepdims: pick(2), select_last_index: pick(2) },
  }),
  SpaceToDepth: () => ({ dims: [2, 3, 4, 6], attributes: { blocksize: 2 } }),
  GroupNormalization: (pick) => ({
    opset: 21,
    dims: image(pick, 6, 2),
    more: [[6], [6]],
    attributes: { num_groups: [1, 2, 3, 6][pick(4)] as number },
  }),
  Transpose(pick) {
    const rank = 1 + pick(5)
    const left = times(rank, () => 0).map((_, i) => i)
    return {
      dims: times(rank, () => 1 + pick(4)),
      attributes: { perm: times(rank, () => left.splice(pick(left.length), 1)[0] as number) },
    }
  },
}
const reductions = [
  "ReduceSum",
  "ReduceMean",
  "ReduceMax",
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSumExp",
  "ReduceProd",
]
const reduction =
  (op: string) =>
  (pick: Random): Drawn => {
    const rank = 1 + pick(4)
    const axes = times(rank, () => 0)
      .map((_, i) => (pick(2) ? i : i - rank))
      .filter(() => pick(2))
    // ReduceSum takes its axes as an input since opset 13, the others since 18.
    const opset = op === "ReduceSum" ? [11, 13][pick(2)]! : [13, 18][pick(2)]!
    const asInput = opset >= 18 || (op === "ReduceSum" && opset === 13)
    return {
      opset,
      dims: times(rank, () => 1 + pick(4)),
      more: asInput && axes.length > 0 ? [{ ints: axes }] : [],
      attributes: { keepdims: pick(2), ...(asInput || axes.length === 0 ? {} : { axes }) },
    }
  }
const elementwise = ["Add", "Sub", "Mul", "Div", "Max", "Min", "PRelu"]
const broadcast = (pick: Random): Drawn => {
  const dims = image(pick, 3, 2)
  return { dims, more: [dims.map((n) => (pick(2) ? n : 1)).slice(pick(4))] }
}
const unary = [
  "Elu",
  "Selu",
  "Celu",
  "HardSigmoid",
  "HardSwish",
  "Softplus",
  "Softsign",
  "Mish",
  "ThresholdedRelu",
  "LeakyRelu",
  "Erf",
  "Round",
  "Sign",
  "Shrink",
  "Floor",
  "LpNormalization",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "LogSoftmax",
  "Hardmax",
]

const cases: [string, (pick: Random) => Drawn][] = [
  ...Object.entries(draws),
  ...reductions.map((op): [string, (pick: Random) => Drawn] => [op, reduction(op)]),
  ...elementwise.map((op): [string, (pick: Random) => Drawn] => [op, broadcast]),
  ...unary.map((op): [string, (pick: Random) => Drawn] => [op, (pick) => ({ dims: image(pick, 3, 2) })]),
]

const COUNT = Number(process.env.IFNORMAL_GRAPHS ?? 6)

describe("one operator each", () => {
  test.each(cases)("%s", async (op, draw) => {
    let compared = 0
    for (let i = 0; i < COUNT; i++) {
      const pick = random(1000 * i + op.length)
      const drawn = draw(pick)
      let result: Awaited<ReturnType<typeof both>>
      try {
        result = await both(op, drawn, pick)
      } catch (error) {
        if (error instanceof ImportError && error.code === "onnx-unsupported") continue
        throw new Error(`${op} ${JSON.stringify(drawn)}: ${error}`, { cause: error })
      }
      if (!result) continue
      const { ours, theirs } = result
      const values = theirs.data
      const where = `${op} ${JSON.stringify(drawn)}`
      expect(ours.dims, where).toEqual(theirs.dims)
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
      const worst = values.reduce(
        (most, value, k) =>
          Math.max(
            most,
            Object.is(value, ours.data[k]) || value === ours.data[k] ? 0 : Math.abs(value - ours.data[k]!),
          ),
        0,
      )
      expect(worst / scale, where).toBeLessThan(1e-5)
      compared++
    }
    expect(compared).toBeGreaterThan(0)
  })
})
