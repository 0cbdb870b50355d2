import { extname, relative, sep } from "node:path"
import { DataError, type Image, type ImageShape, type ImageSource } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

/** How far a mask is widened: this share of the image's width. Our choice; 4 pixels of 128. */
export const DILATION = 0.03

/** A mask as it was drawn, and widened. */
export interface DefectMask {
  /** [height * width] 0 or 255. */
  readonly drawn: Uint8Array
  /** [height * width] 0 or 255; `radius` pixels wider on all sides. */
  readonly dilated: Uint8Array
  readonly radius: number
}

/**
 * The mask file of each image: the one with the image's name, with or without "_mask", in the same subfolders of `folder`
 * (test/color/00.png belongs to ground_truth/color/00_mask.png of ground_truth/).
 * @returns undefined for an image that has none
 * @throws DataError "masks-missing" when no image has one
 */
export async function findMasks(folder: string, images: readonly string[]): Promise<(string | undefined)[]> {
  const { listImages } = await import("@ifnormal/datasets")
  const { files } = await listImages(folder)
  const masks = files.map((file) => ({ file, parts: partsOf(relative(folder, file)) }))
  const found = images.map((image) => {
    const parts = partsOf(image)
    return masks.find((mask) => mask.parts.every((part, i) => part === parts[i]))?.file
  })
  if (found.every((file) => file === undefined))
    throw new DataError({
      code: "masks-missing",
      message: `None of the ${files.length} images in ${folder} has the name of one to explain, such as ${images[0]}.`,
      next: "A mask is called like its image: bad/07.jpg has 07.png or 07_mask.png. Check the folder, or leave out --masks.",
    })
  return found
}

// File name first: "color/00_mask.png" gives ["00", "color"].
function partsOf(path: string): string[] {
  const parts = path.split(sep).reverse()
  const name = parts[0] ?? ""
  return [name.slice(0, name.length - extname(name).length).replace(/_mask$/, ""), ...parts.slice(1)]
}

/** Reads a mask at the images' size, brighter than half is defect, and widens it by `DILATION`. */
export async function readMask(file: string, [height, width]: ImageShape): Promise<DefectMask> {
  const { decodeImage } = await import("@ifnormal/datasets")
  const { bytes } = await decodeImage(file, [height, width, 1], { resize: true })
  const drawn = bytes.map((value) => (value > 127 ? 255 : 0))
  const radius = Math.round(DILATION * width)
  return { drawn, dilated: dilate(drawn, height, width, radius), radius }
}

/** Masks of the test images. */
export interface TestMasks {
  /** [rows, height, width] 1 where the defect is, 0 elsewhere: everywhere for normal images. */
  read(role: "normal" | "anomaly", rows: readonly number[]): Promise<tf.Tensor3D>
}

/**
 * The masks of a test set whose images are files. Normal images need none.
 * @param folder with a mask for every anomaly, see `findMasks`
 * @throws DataError "masks-missing" when an anomaly has none, or the images of the data set are no files
 */
export async function openTestMasks(folder: string, anomalies: ImageSource): Promise<TestMasks> {
  const { files, shape } = anomalies
  if (!files)
    throw new DataError({
      code: "masks-missing",
      message: `Masks are found by the names of image files; the images of this data set have none.`,
      next: "Leave out --masks, or use a data set of the type folder.",
    })
  const masks = await findMasks(folder, files)
  const without = masks.flatMap((mask, row) => (mask === undefined ? [files[row]!] : []))
  if (without.length > 0)
    throw new DataError({
      code: "masks-missing",
      message: `${without.length} of ${files.length} test anomalies have no mask in ${folder}, such as ${without[0]}; expected one for each.`,
      next: "Add the masks that are missing (07.png or 07_mask.png for 07.jpg), or leave out --masks.",
    })
  const [height, width] = shape
  return {
    async read(role, rows) {
      const planes = new Float32Array(rows.length * height * width)
      if (role === "anomaly")
        for (const [i, row] of rows.entries()) {
          const { drawn } = await readMask(masks[row]!, shape)
          planes.set(
            drawn.map((value) => (value > 0 ? 1 : 0)),
            i * height * width,
          )
        }
      return tf.tensor3d(planes, [rows.length, height, width])
    },
  }
}

/** A mask widened by a disc. */
export function dilate(mask: Uint8Array, height: number, width: number, radius: number): Uint8Array {
  const wide = new Uint8Array(mask.length)
  const disc: [number, number][] = []
  for (let dy = -radius; dy <= radius; dy++)
    for (let dx = -radius; dx <= radius; dx++) if (dx * dx + dy * dy <= radius * radius) disc.push([dy, dx])
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!mask[y * width + x]) continue
      for (const [dy, dx] of disc) {
        const [v, u] = [y + dy, x + dx]
        if (v >= 0 && v < height && u >= 0 && u < width) wide[v * width + u] = 255
      }
    }
  return wide
}

/** How much of a change lies inside a mask, in [0, 1]; undefined where nothing changed. */
export interface MaskShare {
  /** Of the energy: squared differences, summed over channels and pixels. */
  readonly energy?: number
  /** Of the absolute differences. */
  readonly absolute?: number
}

/** The share of the change from one image to another that is inside `mask`, [height * width]. */
export function shareInside(from: Image, to: Image, mask: Uint8Array): MaskShare {
  const channels = from.shape[2]
  let [energy, energyIn, absolute, absoluteIn] = [0, 0, 0, 0]
  for (let i = 0; i < from.data.length; i++) {
    const difference = Math.abs(to.data[i]! - from.data[i]!)
    const inside = mask[Math.floor(i / channels)] ? 1 : 0
    energy += difference * difference
    energyIn += inside * difference * difference
    absolute += difference
    absoluteIn += inside * difference
  }
  return energy > 0 ? { energy: energyIn / energy, absolute: absoluteIn / absolute } : {}
}
