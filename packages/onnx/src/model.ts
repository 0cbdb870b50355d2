/** The part of ONNX's ModelProto that ifnormal writes and reads. */

/** Element types by ONNX number (TensorProto.DataType). */
export const DataType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const
export type DataTypeName = keyof typeof DataType

/** A number is an INT, a string a STRING, an array of numbers INTS; floats are wrapped, as JS has one number type. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] }

export interface OnnxNode {
  readonly op: string
  /** "" is the standard domain. */
  readonly domain?: string
  /** "" marks an absent optional input. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, Attribute>>
}

export interface ValueInfo {
  readonly name: string
  readonly type: DataTypeName
  /** A string is a symbolic dimension such as "batch". */
  readonly dims: readonly (number | string)[]
}

export interface Initializer {
  readonly name: string
  readonly type: DataTypeName
  readonly dims: readonly number[]
  /** Little-endian elements. */
  readonly raw: Uint8Array
}

export interface Model {
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly initializers: readonly Initializer[]
  /** Version per operator-set domain; "" is the standard one. */
  readonly opsets: Readonly<Record<string, number>>
  readonly irVersion?: number
  readonly producer?: string
  readonly producerVersion?: string
  /** Name of the graph, which viewers show. */
  readonly name?: string
  /** Free text by key (ONNX metadata_props). */
  readonly metadata?: Readonly<Record<string, string>>
}
