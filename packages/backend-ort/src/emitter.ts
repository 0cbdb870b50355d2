import type { Attribute, Initializer, OnnxNode } from "@ifnormal/onnx"
import { literal } from "./constants.js"
import type { Dtype } from "./graph.js"
import { type Shape, size } from "./shapes.js"

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const
const castCode = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const

/** Writes ONNX nodes and shared constants. Kernels use it in their `emit`; a value is its name. */
export class Emitter {
  readonly nodes: OnnxNode[] = []
  readonly initializers: Initializer[] = []
  private readonly constants = new Map<string, string>()
  private counter = 0

  op(
    op: string,
    inputs: readonly string[],
    attributes?: Record<string, Attribute>,
    domain?: string,
    output = `t${this.counter++}`,
  ): string {
    this.nodes.push({ op, inputs, outputs: [output], attributes, domain })
    return output
  }

  /** A node of several outputs. */
  ops(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes?: Record<string, Attribute>,
  ): readonly string[] {
    const outputs = Array.from({ length: count }, () => `t${this.counter++}`)
    this.nodes.push({ op, inputs, outputs, attributes })
    return outputs
  }

  private constant(key: string, make: () => Omit<Initializer, "name">): string {
    let name = this.constants.get(key)
    if (name === undefined) {
      name = `c${this.constants.size}`
      this.constants.set(key, name)
      this.initializers.push({ name, ...make() })
    }
    return name
  }

  /** An int64 vector: shapes, axes, pads. */
  ints(values: Shape): string {
    return this.constant(`ints ${values}`, () => ({
      type: "int64",
      dims: [values.length],
      raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    }))
  }

  /** `value` everywhere; a scalar by default. */
  fill(dtype: Dtype, value: number, shape: Shape = []): string {
    return this.constant(`${dtype} ${literal(value)} ${shape}`, () => ({
      type: dtype,
      dims: shape,
      raw: new Uint8Array(new arrays[dtype](size(shape)).fill(value).buffer),
    }))
  }

  int32s(values: readonly number[], shape: Shape): string {
    return this.constant(`int32s ${values} ${shape}`, () => ({
      type: "int32",
      dims: shape,
      raw: new Uint8Array(Int32Array.from(values).buffer),
    }))
  }

  floats(values: readonly number[], shape: Shape): string {
    return this.constant(`floats ${values} ${shape}`, () => ({
      type: "float32",
      dims: shape,
      raw: new Uint8Array(Float32Array.from(values).buffer),
    }))
  }

  /** `value` everywhere, expanded when the graph runs: for shapes too large to store. */
  expand(dtype: Dtype, value: number, shape: Shape): string {
    return this.op("Expand", [this.fill(dtype, value), this.ints(shape)])
  }

  cast(x: string, dtype: keyof typeof castCode): string {
    return this.op("Cast", [x], { to: castCode[dtype] })
  }

  reshape(x: string, shape: Shape): string {
    // allowzero: a 0 in a tfjs shape is an empty dimension, not "copy the dimension".
    return this.op("Reshape", [x, this.ints(shape)], shape.includes(0) ? { allowzero: 1 } : undefined)
  }

  transpose(x: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i) ? x : this.op("Transpose", [x], { perm })
  }
}
