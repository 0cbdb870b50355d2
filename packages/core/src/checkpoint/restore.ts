import type { Detector } from "../contract/detector.js"
import { CheckpointError, IfnormalError } from "../contract/errors.js"
import type { CounterfactualGenerator } from "../contract/generator.js"
import { CONTRACT } from "../contract/plugin.js"
import { createDetector, createGenerator, type Registry } from "../experiment/registry.js"
import { sha256 } from "./hash.js"
import type { Manifest } from "./manifest.js"
import { decodeSafetensors } from "./safetensors.js"
import { assignVariables, weightsHash } from "./variables.js"

/** A manifest with the bytes of its weights file, and how errors call it. Works in a browser. */
export interface Checkpoint {
  readonly manifest: Manifest
  readonly weights: Uint8Array
  /** Bytes of the manifest's `files`, by file name. */
  readonly files?: Readonly<Record<string, Uint8Array>>
  /** e.g. the folder's path */
  readonly where?: string
}

/**
 * Makes the detector that a checkpoint describes. The caller disposes of it.
 * @throws CheckpointError "checkpoint-kind", "checkpoint-plugin", "checkpoint-hash", "checkpoint-shape",
 * "checkpoint-safetensors", "checkpoint-options"; the first two also for the manifest's `files`
 */
export async function restoreDetector(checkpoint: Checkpoint, registry: Registry): Promise<Detector> {
  const { manifest } = checkpoint
  const tensors = open(checkpoint, "detector", registry)
  const { type, options, inputShape, seed } = manifest
  const detector = await make(checkpoint, () =>
    createDetector(registry, { type, options }, { inputShape, seed, readFile: storedFiles(checkpoint) }),
  )
  return assign(detector, tensors, checkpoint)
}

/**
 * Makes the generator that a checkpoint describes, for the detector it was trained against. The caller disposes of it.
 * @throws as `restoreDetector`, and CheckpointError "checkpoint-detector" when `detector` has other weights.
 */
export async function restoreGenerator(
  checkpoint: Checkpoint,
  registry: Registry,
  detector: Detector,
): Promise<CounterfactualGenerator> {
  const { manifest } = checkpoint
  const tensors = open(checkpoint, "generator", registry)
  const found = await weightsHash(detector.variables)
  if (found !== manifest.detector)
    throw new CheckpointError({
      code: "checkpoint-detector",
      message: `${name(checkpoint)} belongs to the detector with sha256 ${manifest.detector}, found a detector with ${found}.`,
      next: "Load the detector that the generator was trained against, or train a generator for this one.",
    })
  const { type, options, seed } = manifest
  const generator = await make(checkpoint, () =>
    createGenerator(registry, { type, options }, { detector, seed, readFile: storedFiles(checkpoint) }),
  )
  return assign(generator, tensors, checkpoint)
}

const name = ({ where }: Checkpoint) => where ?? "The checkpoint"

/** Everything that can be checked before a model is made. */
function open(checkpoint: Checkpoint, kind: Manifest["kind"], registry: Registry) {
  const { manifest, weights } = checkpoint
  if (manifest.kind !== kind)
    throw new CheckpointError({
      code: "checkpoint-kind",
      message: `${name(checkpoint)} holds a ${manifest.kind}, expected a ${kind}.`,
      next: `Pass the folder of the ${kind}.`,
    })
  checkPlugin(checkpoint, registry)
  checkHash(checkpoint, manifest.weights, weights)
  return decodeSafetensors(weights, `${name(checkpoint)}: ${manifest.weights.file}`)
}

function checkHash(
  checkpoint: Checkpoint,
  { file, sha256: expected }: Manifest["weights"],
  bytes: Uint8Array,
): void {
  const hash = sha256(bytes)
  if (hash === expected) return
  throw new CheckpointError({
    code: "checkpoint-hash",
    message: `${name(checkpoint)}: ${file} has sha256 ${hash}, expected ${expected}.`,
    next: "The file was changed or cut: copy it again from where it came from, or train again.",
  })
}

/** Reads what the checkpoint stores and nothing else, whatever its options say. */
function storedFiles(checkpoint: Checkpoint): (path: string) => Promise<Uint8Array> {
  const { manifest, files = {} } = checkpoint
  return async (path) => {
    const stored = Object.hasOwn(manifest.files ?? {}, path) ? manifest.files?.[path] : undefined
    const bytes = stored && Object.hasOwn(files, stored.file) ? files[stored.file] : undefined
    if (!stored || !bytes)
      throw new CheckpointError({
        code: "checkpoint-file",
        message: `${name(checkpoint)} needs the file ${path}, found ${Object.keys(manifest.files ?? {}).join(", ") || "none"} in its manifest.`,
        next: "A checkpoint reads only what it stores: save it again with the plugin that made it.",
      })
    checkHash(checkpoint, stored, bytes)
    return bytes
  }
}

function checkPlugin(checkpoint: Checkpoint, registry: Registry): void {
  const { manifest } = checkpoint
  const wanted = manifest.plugin.slice(0, manifest.plugin.lastIndexOf("@"))
  const plugin = registry.plugins.find((candidate) => candidate.name === wanted)
  const fail = (message: string, next: string) =>
    new CheckpointError({ code: "checkpoint-plugin", message: `${name(checkpoint)} ${message}.`, next })
  if (manifest.contract !== CONTRACT)
    throw fail(
      `was written by ${manifest.plugin} for contract ${manifest.contract}, this core supports ${CONTRACT}`,
      "Use the version of ifnormal that wrote it, or train again.",
    )
  if (!plugin)
    throw fail(
      `needs the plugin ${manifest.plugin}, found ${registry.plugins.map((p) => p.name).join(", ") || "none"}`,
      `Name ${wanted} on the command line or in the config: a checkpoint never loads code by itself.`,
    )
  const known = Object.keys(plugin[`${manifest.kind}s`] ?? {})
  if (!known.includes(manifest.type))
    throw fail(
      `has ${manifest.kind} type "${manifest.type}", ${plugin.name}@${plugin.version} has ${known.join(", ") || "none"}`,
      `Install ${manifest.plugin}.`,
    )
}

async function make<T>(checkpoint: Checkpoint, create: () => Promise<T>): Promise<T> {
  try {
    return await create()
  } catch (cause) {
    if (!IfnormalError.isInstance(cause) || cause instanceof CheckpointError) throw cause
    throw new CheckpointError({
      code: "checkpoint-options",
      message: `${name(checkpoint)} cannot be made again: ${cause.message}`,
      next: `Use ${checkpoint.manifest.plugin}, which wrote it.`,
      cause,
    })
  }
}

function assign<T extends Detector | CounterfactualGenerator>(
  model: T,
  tensors: ReturnType<typeof decodeSafetensors>,
  checkpoint: Checkpoint,
): T {
  try {
    assignVariables(model.variables, tensors, name(checkpoint))
    return model
  } catch (error) {
    model.dispose()
    throw error
  }
}
