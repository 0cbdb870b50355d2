import { join } from "node:path"
import { sha256 } from "../checkpoint/hash.js"
import { type Manifest, parseManifest } from "../checkpoint/manifest.js"
import { type Checkpoint, restoreDetector, restoreGenerator } from "../checkpoint/restore.js"
import { encodeSafetensors } from "../checkpoint/safetensors.js"
import { readTensors, weightsHash } from "../checkpoint/variables.js"
import type { Detector } from "../contract/detector.js"
import { CheckpointError, FileError } from "../contract/errors.js"
import type { CounterfactualGenerator } from "../contract/generator.js"
import { CONTRACT, type Plugin } from "../contract/plugin.js"
import type { Registry } from "../experiment/registry.js"
import { readBytes, readJson, writeFileAtomic, writeJson } from "./files.js"

const weightsFile = "weights.safetensors"
const manifestFile = "manifest.json"

/** What a manifest says besides the weights. */
export interface ModelInfo {
  /** The plugin of the model's type: `registry.detector(type).plugin`. */
  readonly plugin: Pick<Plugin, "name" | "version">
  readonly type: string
  /** Options as the config has them, without `type` and `training`. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly seed: number
  readonly training?: Manifest["training"]
  /** Generators: the detector they were trained against. Its absence says that the model is a detector. */
  readonly detector?: Detector
}

/**
 * Writes the model's files, weights and manifest into a folder, the manifest last. Each appears whole.
 * @returns the manifest, with the weights' sha256
 * @throws FileError as `writeFileAtomic`
 */
export async function saveModel(
  folder: string,
  model: Detector | CounterfactualGenerator,
  info: ModelInfo,
): Promise<Manifest> {
  const bytes = encodeSafetensors(await readTensors(model.variables))
  const files = storedFiles("files" in model ? model.files : undefined)
  const manifest: Manifest = {
    format: 1,
    kind: info.detector ? "generator" : "detector",
    plugin: `${info.plugin.name}@${info.plugin.version}`,
    contract: CONTRACT,
    type: info.type,
    options: { ...info.options },
    inputShape: [...model.inputShape],
    seed: info.seed,
    weights: { file: weightsFile, sha256: sha256(bytes) },
    ...(files.length > 0 && {
      files: Object.fromEntries(
        files.map(({ path, file, content }) => [path, { file, sha256: sha256(content) }]),
      ),
    }),
    ...(info.detector && { detector: await weightsHash(info.detector.variables) }),
    ...(info.training && { training: info.training }),
  }
  for (const { file, content } of files) await writeFileAtomic(join(folder, file), content)
  await writeFileAtomic(join(folder, weightsFile), bytes)
  await writeJson(join(folder, manifestFile), manifest)
  return manifest
}

interface StoredFile {
  readonly path: string
  /** Its name in the model folder. */
  readonly file: string
  readonly content: Uint8Array
}

/** `../models/my model.onnx` is stored as `file1-my_model.onnx`: no path leaves the folder or hides another file. */
function storedFiles(files: Detector["files"] = {}): StoredFile[] {
  return Object.entries(files).map(([path, content], i) => {
    const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)
    return { path, file: `file${i + 1}-${name.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(-100)}`, content }
  })
}

/**
 * The manifest of a model folder.
 * @throws CheckpointError "checkpoint-missing", "checkpoint-manifest"
 */
export async function loadManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestFile)
  return parseManifest(await present(folder, () => readJson(path)), path)
}

/**
 * Loads the detector of a model folder (`<run>/detector`). The caller disposes of it.
 * @throws CheckpointError "checkpoint-missing", "checkpoint-manifest", "checkpoint-kind", "checkpoint-plugin",
 * "checkpoint-hash", "checkpoint-shape", "checkpoint-safetensors", "checkpoint-options"
 */
export async function loadDetector(folder: string, registry: Registry): Promise<Detector> {
  return restoreDetector(await readCheckpoint(folder), registry)
}

/**
 * Loads the generator of a model folder (`<run>/generator`) for the detector it was trained against.
 * @throws as `loadDetector`, and CheckpointError "checkpoint-detector" when `detector` has other weights.
 */
export async function loadGenerator(
  folder: string,
  registry: Registry,
  detector: Detector,
): Promise<CounterfactualGenerator> {
  return restoreGenerator(await readCheckpoint(folder), registry, detector)
}

/**
 * Loads detector and generator of a run folder.
 * @throws as `loadGenerator`
 */
export async function loadRun(
  folder: string,
  registry: Registry,
): Promise<{ detector: Detector; generator: CounterfactualGenerator }> {
  const detector = await loadDetector(join(folder, "detector"), registry)
  try {
    return { detector, generator: await loadGenerator(join(folder, "generator"), registry, detector) }
  } catch (error) {
    detector.dispose()
    throw error
  }
}

async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const manifest = await loadManifest(folder)
  const read = (file: string) => present(folder, () => readBytes(join(folder, file)))
  const files: Record<string, Uint8Array> = {}
  for (const { file } of Object.values(manifest.files ?? {})) files[file] = await read(file)
  return { manifest, weights: await read(manifest.weights.file), files, where: folder }
}

async function present<T>(folder: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause
    throw new CheckpointError({
      code: cause.code === "not-json" ? "checkpoint-manifest" : "checkpoint-missing",
      message: `No whole model in ${folder}: ${cause.message}`,
      next: "Train it first, or pass the folder that holds manifest.json and weights.safetensors.",
      cause,
    })
  }
}
