import type { StoredDtype } from "../tensors.js"

/** Bytes of one element in the file. */
export const ELEMENT_BYTES: Readonly<Record<StoredDtype, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
}

/** PyTorch's storage classes by the element type they hold. */
export const STORAGES: readonly (readonly [name: string, dtype: StoredDtype])[] = [
  ["DoubleStorage", "float64"],
  ["FloatStorage", "float32"],
  ["HalfStorage", "float16"],
  ["BFloat16Storage", "bfloat16"],
  ["LongStorage", "int64"],
  ["IntStorage", "int32"],
  ["ShortStorage", "int16"],
  ["CharStorage", "int8"],
  ["ByteStorage", "uint8"],
  ["BoolStorage", "bool"],
]

/** Values that one or several tensors share. */
export class Storage {
  constructor(
    /** Which values of the file. */
    readonly key: string,
    readonly dtype: StoredDtype,
    /** Elements that the file declares. */
    readonly length: number,
    /** Where it begins within the values of its key, in elements: old files have storages that are views of others. */
    readonly begin = 0,
  ) {}
}

/** A tensor as the file describes it; its values are not read yet. */
export class TensorRecord {
  constructor(
    readonly storage: Storage,
    /** All three in elements. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** Gives the raw values of a storage key: a view of the file where possible. */
export type StorageBytes = (key: string) => Uint8Array
