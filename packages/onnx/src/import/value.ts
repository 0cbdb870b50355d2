import * as tf from "@tensorflow/tfjs-core"
import { bytesOf, type DataTypeName, type Initializer } from "../model.js"

/** Element types of TensorFlow.js. */
export type Dtype = "float32" | "int32" | "bool"

export function dtypeOf(type: DataTypeName): Dtype {
  if (type === "bool") return "bool"
  return type === "float32" || type === "float64" || type === "float16" || type === "bfloat16"
    ? "float32"
    : "int32"
}

/** Elements up to which values that are known are computed here, exactly and at once: shapes, indices, constants. */
const HOST_LIMIT = 16_384
export const isSmall = (dims: readonly number[]): boolean =>
  dims.reduce((product, dim) => product * dim, 1) <= HOST_LIMIT

/**
 * A value of the graph: known numbers (`host`), a tensor, or both. Shape arithmetic stays known from input to output, so
 * no tensor is ever read back while a model runs. Four-dimensional tensors may be held with channels last, which is what
 * the kernels of TensorFlow.js take; the other order is made when somebody asks.
 */
export class Value {
  #tensor: tf.Tensor | undefined
  #last: tf.Tensor4D | undefined

  private constructor(
    readonly dims: readonly number[],
    readonly dtype: Dtype,
    /** The numbers, row-major, where they are known. */
    readonly host: ArrayLike<number> | undefined,
    tensor: tf.Tensor | undefined,
    last: tf.Tensor4D | undefined,
  ) {
    this.#tensor = tensor
    this.#last = last
  }

  static dtype = dtypeOf
  static of(tensor: tf.Tensor): Value {
    return new Value(tensor.shape, tensor.dtype as Dtype, undefined, tensor, undefined)
  }
  /** @param last [batch, height, width, channels] */
  static channelsLast(last: tf.Tensor4D): Value {
    const [batch, height, width, channels] = last.shape
    return new Value([batch, channels, height, width], last.dtype as Dtype, undefined, undefined, last)
  }
  static known(host: ArrayLike<number>, dims: readonly number[], dtype: Dtype): Value {
    return new Value(dims, dtype, host, undefined, undefined)
  }
  /** A weight: known where it is small, a tensor that the model keeps where it is of floats or large. */
  static weight(initializer: Initializer): Value {
    const { dims, type } = initializer
    const numbers = numbersOf(initializer)
    const dtype = dtypeOf(type)
    const small = numbers.length <= HOST_LIMIT
    const tensor = dtype === "float32" || !small ? tf.keep(tensorOf(numbers, dims, dtype)) : undefined
    return new Value(dims, dtype, small ? numbers : undefined, tensor, undefined)
  }
  /** The same weight for one run, whose other forms live as long as the run. */
  forRun(): Value {
    return new Value(this.dims, this.dtype, this.host, this.#tensor, undefined)
  }
  dispose(): void {
    this.#tensor?.dispose()
  }

  get size(): number {
    return this.dims.reduce((product, dim) => product * dim, 1)
  }
  get rank(): number {
    return this.dims.length
  }
  /** Held with channels last, and not otherwise. */
  get isLast(): boolean {
    return this.#last !== undefined
  }
  get tensor(): tf.Tensor {
    this.#tensor ??= this.#last
      ? tf.transpose(this.#last, [0, 3, 1, 2])
      : tensorOf(this.host as ArrayLike<number>, this.dims, this.dtype)
    return this.#tensor
  }
  /** [batch, height, width, channels] of a value with four dimensions. */
  get last(): tf.Tensor4D {
    this.#last ??= tf.transpose(this.tensor, [0, 2, 3, 1]) as tf.Tensor4D
    return this.#last
  }
}

function tensorOf(numbers: ArrayLike<number>, dims: readonly number[], dtype: Dtype): tf.Tensor {
  if (dtype === "float32") return tf.tensor(Float32Array.from(numbers), [...dims], dtype)
  // Int32Array.from would wrap: an end of 2^63 - 1 means "all".
  const clamped = Int32Array.from(numbers, (value) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value)))
  return tf.tensor(dtype === "bool" ? Uint8Array.from(clamped) : clamped, [...dims], dtype)
}

/** Numbers of a tensor's bytes, in the widest type that they need: int64 as float64, exact up to 2^53. */
export function numbersOf({ type, raw }: Initializer): ArrayLike<number> {
  // A copy, because the bytes of a file are not aligned.
  const { buffer } = raw.slice(0, raw.length - (raw.length % bytesOf[type]))
  switch (type) {
    case "float32":
      return new Float32Array(buffer)
    case "float64":
      return new Float64Array(buffer)
    case "int8":
      return new Int8Array(buffer)
    case "int16":
      return new Int16Array(buffer)
    case "uint16":
      return new Uint16Array(buffer)
    case "int32":
      return new Int32Array(buffer)
    case "uint32":
      return new Uint32Array(buffer)
    case "int64":
      return Float64Array.from(new BigInt64Array(buffer), Number)
    case "uint64":
      return Float64Array.from(new BigUint64Array(buffer), Number)
    case "float16":
      return Float32Array.from(new Uint16Array(buffer), half)
    case "bfloat16":
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer)
    default:
      return new Uint8Array(buffer)
  }
}

function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}
