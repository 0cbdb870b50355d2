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
  /** e.g. the folder's path */
  readonly where?: string
}

/**
 * Makes the detector that a checkpoint describes. The caller disposes of it.
 * @throws CheckpointError "checkpoint-kind", "checkpoint-plugin", "checkpoint-hash", "checkpoint-shape",
 * "checkpoint-safetensors", "checkpoint-options"
 */
export async function restoreDetector(checkpoint: Checkpoint, registry: Registry): Promise<Detector> {
  const { manifest } = checkpoint
  const tensors = open(checkpoint, "detector", registry)
  const { type, options, inputShape, seed } = manifest
  const detector = await make(checkpoint, () =>
    createDetector(registry, { type, options }, { inputShape, seed }),
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
    createGenerator(registry, { type, options }, { detector, seed }),
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
  const hash = sha256(weights)
  if (hash !== manifest.weights.sha256)
    throw new CheckpointError({
      code: "checkpoint-hash",
      message: `${name(checkpoint)}: ${manifest.weights.file} has sha256 ${hash}, expected ${manifest.weights.sha256}.`,
      next: "The file was changed or cut: copy it again from where it came from, or train again.",
    })
  return decodeSafetensors(weights, `${name(checkpoint)}: ${manifest.weights.file}`)
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
    if (!IfnormalError.isInstance(cause)) throw cause
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
