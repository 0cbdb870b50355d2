import { DataError, type ImageShape, type ImageSource } from "@ifnormal/core"

/** Everything of an image source but `read`, which copies out of `bytes`. */
export interface MemoryImages {
  readonly shape: ImageShape
  /** [length * height * width * channels] */
  readonly bytes: Uint8Array
  /** [length] */
  readonly labels: Int32Array
  readonly attributes?: ImageSource["attributes"]
  readonly attributeNames?: ImageSource["attributeNames"]
}

/** An image source over bytes in memory. */
export function memorySource(images: MemoryImages): ImageSource {
  const size = images.shape[0] * images.shape[1] * images.shape[2]
  const { shape, labels, attributes, attributeNames, bytes } = images
  return {
    shape,
    length: labels.length,
    labels,
    ...(attributes && { attributes }),
    ...(attributeNames && { attributeNames }),
    async read(indices) {
      const out = new Uint8Array(indices.length * size)
      for (const [row, index] of indices.entries()) {
        checkIndex(index, labels.length)
        out.set(bytes.subarray(index * size, (index + 1) * size), row * size)
      }
      return out
    },
  }
}

/** @throws DataError `image-index` for an index outside 0..length-1 */
export function checkIndex(index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length)
    throw new DataError({
      code: "image-index",
      message: `Image index ${index} does not exist, expected a whole number in 0..${length - 1}.`,
      next: "Read only indices below the length of the source.",
    })
}
