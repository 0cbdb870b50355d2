import type { StateDict } from "@ifnormal/weights"

export function formulaState(
  parameters: readonly (readonly [name: string, shape: readonly number[]])[],
): StateDict
export function formulaImages(height: number, width: number, channels?: number): [Uint8Array, Uint8Array]
