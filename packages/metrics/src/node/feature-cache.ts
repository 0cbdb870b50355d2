import { createHash } from "node:crypto"
import { readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { decodeSafetensors, encodeSafetensors, IfnormalError } from "@ifnormal/core"
import { writeFileAtomic } from "@ifnormal/core/node"
import type { ByteImages, FeatureExtractor } from "../features/extractor.js"
import { featuresOfAll } from "../features/extractor.js"

export interface FeatureCacheOptions {
  /** Where the files lie; every extractor gets a folder of its own in it. */
  readonly folder: string
  /** Most bytes of all extractors together, default 2 GiB (our choice): beyond it the oldest files go, at the opening. */
  readonly limit?: number
  /** Told once when the cache cannot be written: the features are still computed. */
  readonly onProblem?: (message: string) => void
}

/** An extractor that remembers. */
export interface CachedExtractor extends FeatureExtractor {
  /** Images so far whose features were there, and whose were not. */
  readonly counts: { readonly found: number; readonly computed: number }
}

const digest = (...parts: readonly (string | Uint8Array)[]) => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest("hex")
}

/**
 * Features of images that were seen before come from files. They are found by the extractor's `id` and the sha256 of
 * shape and bytes, so that another name, folder or order of the images changes nothing, and another network, resize or
 * scale finds nothing.
 *
 * Each call that computes writes one safetensors file, whole or not at all, that is named by its own sha256: a file
 * with another content is deleted and its images are computed again. Two processes may share the folder. All of an
 * extractor's features are read into memory, 8 kB an image for 2048 numbers.
 */
export async function cachedExtractor(
  extractor: FeatureExtractor,
  options: FeatureCacheOptions,
): Promise<CachedExtractor> {
  await keepBelow(options.folder, options.limit ?? 2 * 2 ** 30)
  const folder = join(options.folder, digest(extractor.id).slice(0, 32))
  const known = await readAll(folder, extractor.dimensions)
  const { dimensions, recipe, id } = extractor
  const counts = { found: 0, computed: 0 }
  let working = true
  const store = async (keys: readonly string[], features: Float32Array): Promise<void> => {
    if (!working) return
    try {
      await writeSegment(folder, keys, features)
    } catch (error) {
      working = false
      options.onProblem?.(
        `The feature cache is off: ${IfnormalError.isInstance(error) ? error.message : error}`,
      )
    }
  }
  const all = async (sets: readonly ByteImages[]): Promise<Float32Array> => {
    const images = sets.flatMap(single)
    const keys = images.map(({ shape, bytes }) => digest(shape.join("x"), "\n", bytes))
    const missing = new Map(keys.map((key, i) => [key, i] as const).filter(([key]) => !known.has(key)))
    if (missing.size > 0) {
      const fresh = await featuresOfAll(
        extractor,
        [...missing.values()].map((i) => images[i]!),
      )
      const names = [...missing.keys()]
      for (const [row, key] of names.entries())
        known.set(key, fresh.slice(row * dimensions, (row + 1) * dimensions))
      await store(names, fresh)
    }
    counts.computed += missing.size
    counts.found += keys.length - missing.size
    const result = new Float32Array(keys.length * dimensions)
    for (const [row, key] of keys.entries()) result.set(known.get(key)!, row * dimensions)
    return result
  }
  return {
    dimensions,
    recipe,
    id,
    counts,
    features: (images) => all([images]),
    featuresOfAll: all,
    dispose: () => extractor.dispose(),
  }
}

function single({ shape, bytes, length }: ByteImages): ByteImages[] {
  // One that does not fit goes to the extractor as it is, which refuses it.
  const size = bytes.length / length
  return Array.from({ length: Math.max(1, length) }, (_, i) => ({
    shape,
    bytes: length > 0 ? bytes.subarray(i * size, (i + 1) * size) : bytes,
    length: Math.min(1, length),
  }))
}

async function writeSegment(folder: string, keys: readonly string[], features: Float32Array): Promise<void> {
  const bytes = encodeSafetensors({
    keys: {
      shape: [keys.length, 32],
      dtype: "uint8",
      data: new Uint8Array(Buffer.from(keys.join(""), "hex")),
    },
    features: { shape: [keys.length, features.length / keys.length], dtype: "float32", data: features },
  })
  await writeFileAtomic(join(folder, `${digest(bytes)}.safetensors`), bytes)
}

async function readAll(folder: string, dimensions: number): Promise<Map<string, Float32Array>> {
  const known = new Map<string, Float32Array>()
  for (const name of await filesIn(folder)) {
    const path = join(folder, name)
    const bytes = await readFile(path).catch(() => undefined)
    if (!bytes) continue
    if (name !== `${digest(bytes)}.safetensors`) {
      await rm(path, { force: true })
      continue
    }
    const { keys, features } = decodeSafetensors(bytes, path)
    if (keys?.dtype !== "uint8" || features?.dtype !== "float32" || features.shape[1] !== dimensions) continue
    for (let row = 0; row < features.shape[0]!; row++)
      known.set(
        Buffer.from(keys.data.subarray(row * 32, (row + 1) * 32)).toString("hex"),
        (features.data as Float32Array).subarray(row * dimensions, (row + 1) * dimensions),
      )
  }
  return known
}

const filesIn = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.endsWith(".safetensors")).sort()
}

/** Deletes the oldest files of the extractors' folders until the rest has at most `limit` bytes. */
async function keepBelow(folder: string, limit: number): Promise<void> {
  const extractors = await readdir(folder).catch(() => [])
  const files: { path: string; size: number; time: number }[] = []
  for (const extractor of extractors)
    for (const name of await filesIn(join(folder, extractor))) {
      const path = join(folder, extractor, name)
      const info = await stat(path).catch(() => undefined)
      if (info) files.push({ path, size: info.size, time: info.mtimeMs })
    }
  let size = files.reduce((sum, file) => sum + file.size, 0)
  for (const file of files.sort((a, b) => a.time - b.time)) {
    if (size <= limit) return
    await rm(file.path, { force: true })
    size -= file.size
  }
}
