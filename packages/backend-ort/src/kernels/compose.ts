import { getKernel, type NamedAttrMap, type TensorInfo } from "@tensorflow/tfjs-core"
import type { OrtBackend } from "../backend.js"
import type { Infer, KernelCall } from "./define.js"

/** Kernels recorded in the place of one, so that passes see ordinary nodes; what is between them is released. */
export class Composition {
  private readonly made: TensorInfo[] = []

  constructor(readonly backend: OrtBackend) {}

  /** Remembers an intermediate value. */
  own(info: TensorInfo): TensorInfo {
    this.made.push(info)
    return info
  }

  /** Calls another kernel; `undefined` inputs are optional ones that were not given. */
  run(
    kernelName: string,
    inputs: Readonly<Record<string, TensorInfo | undefined>>,
    attrs: Readonly<Record<string, unknown>> = {},
  ): TensorInfo {
    const result = getKernel(kernelName, "ort").kernelFunc({
      inputs: inputs as Record<string, TensorInfo>,
      attrs: attrs as NamedAttrMap,
      backend: this.backend,
    })
    return this.own(result as TensorInfo)
  }

  binary(kernelName: string, a: TensorInfo, b: TensorInfo): TensorInfo {
    return this.run(kernelName, { a, b })
  }

  reshape(x: TensorInfo, shape: readonly number[]): TensorInfo {
    return this.run("Reshape", { x }, { shape })
  }

  transpose(x: TensorInfo, perm: readonly number[]): TensorInfo {
    return this.run("Transpose", { x }, { perm })
  }

  scalar(value: number): TensorInfo {
    return this.own(this.backend.fill(value, [], "float32"))
  }

  dispose(): void {
    for (const info of this.made) this.backend.disposeData(info.dataId)
  }
}

/** A kernel made of others; `null` declines the call. */
export const composed =
  (body: (c: Composition, call: KernelCall) => TensorInfo | null): Infer =>
  (call) => {
    const composition = new Composition(call.backend)
    try {
      const result = body(composition, call)
      return result && call.backend.share(result)
    } finally {
      composition.dispose()
    }
  }
