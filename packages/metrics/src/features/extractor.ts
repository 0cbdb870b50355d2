import type { ImageShape } from "@ifnormal/core"

/** A batch of images as bytes, the form in which the published feature metrics are defined. */
export interface ByteImages {
  /** Height, width and channels of each image; 1 channel (gray) or 3 (RGB). */
  readonly shape: ImageShape
  /** [n * height * width * channels] 0..255, HWC */
  readonly bytes: Uint8Array
  /** Number of images. */
  readonly length: number
}

/**
 * Turns images into feature vectors, for FID, KID, precision and recall, and distances between images. Every number that
 * rests on it carries its `recipe`, so that numbers of different extractors are never confused.
 */
export interface FeatureExtractor {
  /** Such as "torch-fidelity" (Inception, its resize and scale) or "custom:<first 12 digits of the sha256>". */
  readonly recipe: string
  /** Length d of a feature vector. */
  readonly dimensions: number
  /** Identity of weights, resize and scale together: the feature cache is keyed by it and by the images' content. */
  readonly id: string
  /**
   * @returns [length, dimensions] row-major
   * @throws DataError "metric-images" for images that it cannot take
   */
  features(images: ByteImages): Promise<Float32Array>
  /**
   * The same for images of several sizes together, in full batches. Absent where only `features` is there; the function
   * `featuresOfAll` works for both.
   * @returns [sum of the lengths, dimensions] in their order
   */
  featuresOfAll?(sets: readonly ByteImages[]): Promise<Float32Array>
  dispose(): void
}

/** Features of images of several sizes. @returns [sum of the lengths, dimensions] in their order */
export async function featuresOfAll(
  extractor: FeatureExtractor,
  sets: readonly ByteImages[],
): Promise<Float32Array> {
  if (extractor.featuresOfAll) return extractor.featuresOfAll(sets)
  const parts: Float32Array[] = []
  for (const set of sets) parts.push(await extractor.features(set))
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}
