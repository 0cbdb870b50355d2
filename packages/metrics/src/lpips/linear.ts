import { linearWeights } from "./linear-weights.js"
import { type LpipsTrunk, tapChannels } from "./trunks.js"

/** Weights of the linear layers of LPIPS v0.1, one array of `tapChannels` numbers, all >= 0, for each tap. */
export function linearLayers(trunk: LpipsTrunk): Float32Array[] {
  const bytes = Uint8Array.from(atob(linearWeights[trunk]), (char) => char.charCodeAt(0))
  const all = new Float32Array(bytes.buffer)
  let end = 0
  return tapChannels(trunk).map((channels) => all.subarray(end, (end += channels)))
}
