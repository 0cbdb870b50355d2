/** The part of ONNX's ModelProto that ifnormal writes and reads. */

/** Element types by ONNX number (TensorProto.DataType). */
export const DataType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const
export type DataTypeName = keyof typeof DataType

/** Bytes of one element. Strings have no raw bytes. */
export const bytesOf: Readonly<Record<DataTypeName, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  string: 0,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  bfloat16: 2,
}

/**
 * A number is an INT, a string a STRING, an array of numbers INTS, of strings STRINGS; floats are wrapped, as JS has one
 * number type. `graph` holds the bytes of a subgraph (If, Loop, Scan), which is carried and not looked into.
 */
export type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: Initializer }
  | { readonly graph: Uint8Array }
  /** A kind of attribute that is carried by its number only: sparse tensors, types, lists of tensors and graphs. */
  | { readonly kind: number }

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
  /** A string is a symbolic dimension such as "batch", "" one that is not named. */
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
