import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import { sameShape } from "../shapes.js"
import { onnxWindow, type WindowAttrs, windowAttrs } from "./conv.js"
import { type Infer, input, type Kernel, type KernelCall } from "./define.js"
import { padsBelowWindow } from "./pool-general.js"

export function poolInfo({ attrs }: KernelCall, x: TensorInfo): { window: WindowAttrs; outShape: number[] } {
  const info = backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    attrs.filterSize as number,
    attrs.strides as number,
    (attrs.dilations ?? 1) as number,
    attrs.pad as "same" | "valid" | number,
    attrs.dimRoundingMode as "floor" | undefined,
  )
  return { window: windowAttrs(info), outShape: info.outShape }
}

/** Windows that neither overlap nor pad; the last rows and columns may be left over. */
function tiles({ kernel, strides, dilations, pads }: WindowAttrs): boolean {
  return (
    kernel[0] === strides[0] &&
    kernel[1] === strides[1] &&
    dilations[0] * dilations[1] === 1 &&
    pads.every((pad) => pad === 0)
  )
}

const padAround = ([top, left, bottom, right]: WindowAttrs["pads"]) => ({
  paddings: [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ],
  value: "-Infinity",
})

const paddedShape = ([n, h, w, c]: readonly number[], [top, left, bottom, right]: WindowAttrs["pads"]) => [
  n!,
  h! + top + bottom,
  w! + left + right,
  c!,
]

const forward =
  (name: string): Infer =>
  (call) => {
    const x = input(call, "x")
    const { window, outShape } = poolInfo(call, x)
    const { kernel, pads, dilations } = window
    if (x.dtype !== "float32" || [...x.shape, ...outShape].includes(0)) return null
    // As tfjs, which looks at the shapes only.
    if (kernel[0] * kernel[1] === 1 && sameShape(x.shape, outShape)) return call.backend.share(x)
    const padded = !padsBelowWindow(window)
    if (name === "MaxPool") {
      if (!padded) return call.backend.record(name, [x], window, outShape, "float32")
      // Windows that see nothing but padding.
      const fill = call.backend.record("PadV2", [x], padAround(pads), paddedShape(x.shape, pads), "float32")
      const inner = { ...window, pads: [0, 0, 0, 0] }
      const result = call.backend.record(name, [fill], inner, outShape, "float32")
      call.backend.disposeData(fill.dataId)
      return result
    }
    // The average of a dilated window has no ONNX form at opset 18.
    const general = padded || dilations.some((dilation) => dilation !== 1)
    return call.backend.record(general ? "GeneralAvgPool" : name, [x], window, outShape, "float32")
  }

/** Each element repeated `times` along height and width; [n, h, w, c] -> [n, h * th, w * tw, c]. */
export function repeat(x: string, shape: readonly number[], times: readonly number[], e: Emitter): string {
  const [n, h, w, c] = shape as [number, number, number, number]
  const [th, tw] = times as [number, number]
  const wide = e.op("Expand", [e.reshape(x, [n, h, 1, w, 1, c]), e.ints([n, h, th, w, tw, c])])
  return e.reshape(wide, [n, h * th, w * tw, c])
}

/** Zeros for the rows and columns that no window reached. */
function padTo(x: string, from: readonly number[], to: readonly number[], e: Emitter): string {
  const rows = to[1]! - from[1]!
  const columns = to[2]! - from[2]!
  return rows + columns === 0 ? x : e.op("Pad", [x, e.ints([0, 0, 0, 0, 0, rows, columns, 0])])
}

/**
 * The gradient of max-pooling by tiles of a [lead, ho, kh, wo, kw, inner] view: to the first maximum of each window in
 * row-major order, as tfjs-backend-cpu gives it. Ties are common (constant background), so they must not count twice.
 */
export function firstMaximum(
  [dy, x, y]: readonly [string, string, string],
  view: { lead: number; out: readonly [number, number]; kernel: readonly [number, number]; inner: number },
  e: Emitter,
): string {
  const { lead, out, kernel, inner } = view
  const windows = e.reshape(x, [lead, out[0], kernel[0], out[1], kernel[1], inner])
  const flat = [lead, out[0], 1, out[1], 1, inner]
  const best = e.reshape(y, flat)
  const gradient = e.reshape(dy, flat)
  let taken: string | undefined
  const rows: string[] = []
  for (let row = 0; row < kernel[0]; row++) {
    const cells: string[] = []
    for (let column = 0; column < kernel[1]; column++) {
      const starts = e.ints([row, column])
      const cell = e.op("Slice", [windows, starts, e.ints([row + 1, column + 1]), e.ints([2, 4])])
      const equal = e.op("Equal", [cell, best])
      const first: string = taken === undefined ? equal : e.op("And", [equal, e.op("Not", [taken])])
      taken = taken === undefined ? equal : e.op("Or", [taken, equal])
      cells.push(e.op("Where", [first, gradient, e.fill("float32", 0)]))
    }
    rows.push(cells.length === 1 ? cells[0]! : e.op("Concat", cells, { axis: 4 }))
  }
  return rows.length === 1 ? rows[0]! : e.op("Concat", rows, { axis: 2 })
}

const tiled = ([n, , , c]: readonly number[], out: readonly number[], { kernel }: WindowAttrs): number[] => [
  n!,
  out[1]! * kernel[0],
  out[2]! * kernel[1],
  c!,
]

export const poolKernels: readonly Kernel[] = [
  {
    name: "AvgPool",
    infer: forward("AvgPool"),
    emit: (node, [x], e) => {
      const { dilations: _, ...attrs } = onnxWindow(node.attrs as WindowAttrs)
      const pooled = e.op("AveragePool", [e.transpose(x!, [0, 3, 1, 2])], { ...attrs, count_include_pad: 0 })
      return e.transpose(pooled, [0, 2, 3, 1])
    },
  },
  {
    name: "MaxPool",
    infer: forward("MaxPool"),
    emit: (node, [x], e) => {
      const pooled = e.op("MaxPool", [e.transpose(x!, [0, 3, 1, 2])], onnxWindow(node.attrs as WindowAttrs))
      return e.transpose(pooled, [0, 2, 3, 1])
    },
  },
  {
    name: "AvgPoolGrad",
    infer: (call) => {
      const dy = input(call, "dy")
      const x = input(call, "input")
      const { window } = poolInfo(call, x)
      const name = tiles(window) ? "AvgPoolGrad" : "GeneralAvgPoolGrad"
      return call.backend.record(name, [dy], window, x.shape, "float32")
    },
    emit: (node, [dy], e) => {
      const attrs = node.attrs as WindowAttrs
      const out = node.inputs[0]!.shape
      const share = e.op("Mul", [dy!, e.fill("float32", 1 / (attrs.kernel[0] * attrs.kernel[1]))])
      return padTo(repeat(share, out, attrs.kernel, e), tiled(node.shape, out, attrs), node.shape, e)
    },
  },
  {
    name: "MaxPoolGrad",
    infer: (call) => {
      const x = input(call, "input")
      const { window } = poolInfo(call, x)
      const dy = input(call, "dy")
      if (tiles(window))
        return call.backend.record("MaxPoolGrad", [dy, x, input(call, "output")], window, x.shape, "float32")
      return padsBelowWindow(window)
        ? call.backend.record("GeneralMaxPoolGrad", [dy, x], window, x.shape, "float32")
        : null
    },
    emit: (node, [dy, x, y], e) => {
      const attrs = node.attrs as WindowAttrs
      const out = node.inputs[0]!.shape
      const [n, height, width, c] = tiled(node.shape, out, attrs) as [number, number, number, number]
      const cut = e.op("Slice", [x!, e.ints([0, 0]), e.ints([height, width]), e.ints([1, 2])])
      const view = { lead: n, out: [out[1]!, out[2]!] as const, kernel: attrs.kernel, inner: c }
      const gradient = e.reshape(firstMaximum([dy!, cut, y!], view, e), [n, height, width, c])
      return padTo(gradient, [n, height, width, c], node.shape, e)
    },
  },
]
