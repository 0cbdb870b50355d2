import { CheckpointError } from "@ifnormal/core"

/** @throws CheckpointError "weights-missing" */
export async function publishedWeights(name: string): Promise<Uint8Array> {
  throw new CheckpointError({
    code: "weights-missing",
    message: `The weights ${name} are not here.`,
    next: `Run: ifnormal weights fetch ${name}, or name a file with --weights.`,
  })
}
