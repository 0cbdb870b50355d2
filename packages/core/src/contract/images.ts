/** Height, width, channels. Batches are NHWC float32 in [0, 1]. */
export type ImageShape = readonly [height: number, width: number, channels: number]

/** One image: `data` is float32 in [0, 1], row-major HWC, of length height * width * channels. */
export interface Image {
  readonly shape: ImageShape
  readonly data: Float32Array
}

/** Images at rest: bytes on demand, no tensors. Folders and large sets stay on disk. */
export interface ImageSource {
  readonly shape: ImageShape
  /** Number of images. */
  readonly length: number
  /** [length] class index of each image, into `classNames` of its data set. */
  readonly labels: Int32Array
  /** Further properties by name, [length] each, indexes into `attributeNames`. */
  readonly attributes?: Readonly<Record<string, Int32Array>>
  /** Names of the values of each attribute, e.g. { color: ["red", "cyan", ...] }. */
  readonly attributeNames?: Readonly<Record<string, readonly string[]>>
  /** [length] path of each image's file, for images that have one each: what a mask is found by. */
  readonly files?: readonly string[]
  /** Bytes 0..255 of the images at `indices`, concatenated, HWC each. */
  read(indices: readonly number[]): Promise<Uint8Array>
}
