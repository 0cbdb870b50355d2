import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { decodeSafetensors, encodeSafetensors, safetensorsMetadata } from "../checkpoint/safetensors.js"
import { CheckpointError, FileError } from "../contract/errors.js"
import type { TrainingState } from "../contract/training.js"
import { attempt, readBytes, writeFileAtomic } from "./files.js"

const stateFile = "state.safetensors"

/** Where a training's state lies between its processes: one file under `<model folder>/resume`. */
export interface ResumeStore {
  /** @returns undefined where nothing was saved. */
  load(): Promise<TrainingState | undefined>
  /** A process killed while saving leaves the state saved before. */
  save(state: TrainingState): Promise<void>
  /** Removes the state, once training is done. */
  clear(): Promise<void>
}

/**
 * @param folder model folder, e.g. `<run>/generator`
 * @param options.key what the state belongs to, e.g. the config as text: a state saved under another key is refused
 * @throws (its methods) FileError as `writeFileAtomic`; CheckpointError "checkpoint-safetensors" for a broken file,
 * "checkpoint-resume" for a state of another training.
 */
export function resumeStore(folder: string, { key = "" }: { key?: string } = {}): ResumeStore {
  const resume = join(folder, "resume")
  const path = join(resume, stateFile)
  // Saves take their turn, so that the last one asked for is the one that stays.
  let saving: Promise<unknown> = Promise.resolve()
  return {
    async load() {
      await removeLeftovers(resume)
      let bytes: Uint8Array
      try {
        bytes = await readBytes(path)
      } catch (error) {
        if (error instanceof FileError && error.code === "not-found") return undefined
        throw error
      }
      const { step, key: found } = safetensorsMetadata(bytes, path)
      if (step === undefined || !/^\d{1,15}$/.test(step))
        throw new CheckpointError({
          code: "checkpoint-resume",
          message: `${path} has step ${JSON.stringify(step)}, expected a whole number.`,
          next: `Remove ${resume} and train from the start.`,
        })
      if (found !== key)
        throw new CheckpointError({
          code: "checkpoint-resume",
          message: `${path} belongs to a training with other options, expected those of this one.`,
          next: `Train with the options it was begun with, or remove ${resume} and start anew.`,
        })
      return { step: Number(step), tensors: decodeSafetensors(bytes, path) }
    },
    async save({ step, tensors }) {
      const bytes = encodeSafetensors(tensors, { step: String(step), key })
      const turn = saving.then(() => writeFileAtomic(path, bytes))
      saving = turn.catch(() => undefined)
      await turn
    },
    async clear() {
      await attempt("write", resume, () => rm(resume, { recursive: true, force: true }))
    },
  }
}

/** Half-written files of processes that were killed while saving. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names)
    if (/^state\.safetensors\.\d+$/.test(name))
      await attempt("write", join(folder, name), () => rm(join(folder, name), { force: true }))
}
