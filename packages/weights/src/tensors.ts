/** Element types of a stored tensor and the arrays that carry them. Booleans are bytes, 0 or 1. */
export interface StoredArrays {
  readonly float64: Float64Array
  readonly float32: Float32Array
  /** float16 and bfloat16 come widened to float32: exact. */
  readonly float16: Float32Array
  readonly bfloat16: Float32Array
  readonly int64: BigInt64Array
  readonly int32: Int32Array
  readonly int16: Int16Array
  readonly int8: Int8Array
  readonly uint8: Uint8Array
  readonly bool: Uint8Array
}
export type StoredDtype = keyof StoredArrays

/** One tensor of a file, contiguous and row-major. */
export type StoredTensor = {
  readonly [D in StoredDtype]: {
    /** As in the file. */
    readonly dtype: D
    /** [] for a scalar. */
    readonly shape: readonly number[]
    readonly data: StoredArrays[D]
  }
}[StoredDtype]

/** A state dict: tensors by the name that PyTorch gives them, such as "features.0.weight", in the file's order. */
export type StateDict = ReadonlyMap<string, StoredTensor>
