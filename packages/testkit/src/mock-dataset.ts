import { DataError, type Dataset, type ImageShape, type ImageSource, stream } from "@ifnormal/core"

const shape: ImageShape = [8, 8, 1]

/** Seeded [8, 8, 1] images of one blob each, class "low" or "high" by its height; a fifth as many for the test. */
export function blobs(count: number, seed: number): Dataset {
  const parts = {
    train: blobSource(count, seed, "train"),
    test: blobSource(Math.ceil(count / 5), seed, "test"),
  }
  return {
    name: "blobs",
    classNames: ["low", "high"],
    license: "Drawn by @ifnormal/testkit, Apache-2.0.",
    train: async () => parts.train,
    test: async () => parts.test,
  }
}

function blobSource(length: number, seed: number, part: string): ImageSource {
  const [height, width] = shape
  const center = (i: number) => {
    const random = stream(seed, "testkit", "blobs", part, i)
    return [random.uniform() * width, random.uniform() * height] as const
  }
  const draw = (i: number) => {
    const [cx, cy] = center(i)
    return Uint8Array.from({ length: height * width }, (_, at) => {
      const [x, y] = [at % width, Math.floor(at / width)]
      return 255 * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 8)
    })
  }
  return {
    shape,
    length,
    labels: Int32Array.from({ length }, (_, i) => (center(i)[1] < height / 2 ? 1 : 0)),
    async read(indices) {
      const out = new Uint8Array(indices.length * height * width)
      for (const [row, index] of indices.entries()) {
        if (!Number.isInteger(index) || index < 0 || index >= length)
          throw new DataError({
            code: "image-index",
            message: `Image ${index} does not exist, expected a whole number in 0..${length - 1}.`,
            next: "Read only indices below the length of the source.",
          })
        out.set(draw(index), row * height * width)
      }
      return out
    },
  }
}
