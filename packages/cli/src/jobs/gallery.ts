import {
  type CounterfactualGenerator,
  type Dataset,
  type Detector,
  type Explanation,
  type ExplanationsFile,
  encodeSafetensors,
  explain,
  type Image,
  type ImageShape,
  type ImageSource,
  type StoredExplanation,
  type StoredTensor,
  toTensor,
  traverse,
} from "@ifnormal/core"
import type { RunFolder } from "@ifnormal/core/node"
import type { Limits } from "./limits.js"

const STRIPS = 6
const NORMAL_SHARE = 3

export interface GalleryRequest {
  readonly folder: RunFolder
  readonly model: { readonly detector: Detector; readonly generator: CounterfactualGenerator }
  readonly dataset: Dataset
  readonly anomalies: ImageSource
  readonly normal: ImageSource
  readonly limits: Limits
  /** Anomalies shown; a third as many normal images are shown with their pseudo-anomalies. */
  readonly size: number
}

/** Writes explanations/: what the report shows. Anomalies towards normal, normal images towards anomalous, film strips. */
export async function writeGallery(request: GalleryRequest): Promise<ExplanationsFile> {
  const { model, limits, folder } = request
  const pool = new ImagePool(model.detector.inputShape)
  const anomalies = await shown(request, "anomaly", request.anomalies, request.size, pool)
  const normal = await shown(request, "normal", request.normal, Math.ceil(request.size / NORMAL_SHARE), pool)
  const index: ExplanationsFile = {
    format: 1,
    shape: model.detector.inputShape,
    concepts: model.generator.concepts,
    limits,
    explanations: [...anomalies, ...normal],
  }
  await folder.write("explanations/images.safetensors", pool.encode())
  await folder.writeJson("explanations/index.json", index)
  return index
}

async function shown(
  { model, dataset, limits }: GalleryRequest,
  role: StoredExplanation["role"],
  source: ImageSource,
  count: number,
  pool: ImagePool,
): Promise<StoredExplanation[]> {
  const rows = spread(source.length, count)
  if (rows.length === 0) return []
  const images = toTensor(await source.read(rows), rows.length, source.shape)
  const explanations = await explain(images, model, { ...limits, alpha: role === "anomaly" ? 0 : 1 })
  const strips = role === "anomaly" ? await stripsOf(images, model, limits) : []
  images.dispose()
  return explanations.map((explanation, i) => {
    const strip = strips[i]?.counterfactuals.map((step) => stored(step, pool))
    return {
      id: `${role}-${rows[i]}`,
      role,
      label: labelOf(dataset, source, rows[i]!),
      score: explanation.score,
      image: pool.add(explanation.image),
      counterfactuals: explanation.counterfactuals.map((counterfactual) => stored(counterfactual, pool)),
      ...(strip && { strip }),
    }
  })
}

async function stripsOf(
  images: ReturnType<typeof toTensor>,
  model: GalleryRequest["model"],
  limits: Limits,
): Promise<Explanation[]> {
  const first = images.slice([0, 0, 0, 0], [Math.min(STRIPS, images.shape[0]), -1, -1, -1])
  const strips = await traverse(first, model, limits)
  first.dispose()
  return strips
}

function stored({ image, ...rest }: Explanation["counterfactuals"][number], pool: ImagePool) {
  return { ...rest, image: pool.add(image) }
}

/** Bytes of all images of the gallery, in the order they were added. */
export class ImagePool {
  readonly #images: Uint8Array[] = []
  constructor(readonly shape: ImageShape) {}

  /** Row of the image. */
  add(image: Image): number {
    return this.#images.push(Uint8Array.from(image.data, (value) => Math.round(255 * value))) - 1
  }

  /** uint8 [n, height, width, channels] */
  tensor(): StoredTensor {
    const data = new Uint8Array(Buffer.concat(this.#images))
    return { shape: [this.#images.length, ...this.shape], dtype: "uint8", data }
  }

  encode(): Uint8Array {
    return encodeSafetensors({ images: this.tensor() })
  }
}

/** `count` row numbers, evenly spread over 0..length-1: the same ones each time, and of every part of the source. */
export function spread(length: number, count: number): number[] {
  const n = Math.min(length, count)
  return Array.from({ length: n }, (_, i) => Math.floor((i * length) / n))
}

/** "seven, red". */
export function labelOf(dataset: Dataset, source: ImageSource, row: number): string {
  const attributes = Object.entries(source.attributes ?? {}).map(
    ([name, values]) => source.attributeNames?.[name]?.[values[row]!] ?? String(values[row]),
  )
  return [dataset.classNames[source.labels[row]!] ?? `class ${source.labels[row]}`, ...attributes].join(", ")
}
