import { type GradConfig, getGradient, registerGradient } from "@tensorflow/tfjs-core"
import { averagePoolGradients } from "./average-pool.js"
import { broadcastGradients } from "./broadcast.js"
import { convGradient } from "./conv.js"
import { cumsumGradient } from "./cumsum.js"
import { leakyReluGradient } from "./leaky-relu.js"
import { meanGradient } from "./mean.js"
import { mirrorPadGradient } from "./mirror-pad.js"
import { prodGradient } from "./prod.js"
import { reluGradient } from "./relu.js"
import { sumGradient } from "./sum.js"

/** Replacements of tfjs-core gradients that are slow or wrong, by the kernel whose gradient they are. */
export const gradientOverrides: ReadonlyMap<string, GradConfig> = new Map(
  [
    ...averagePoolGradients,
    ...broadcastGradients,
    convGradient,
    cumsumGradient,
    leakyReluGradient,
    meanGradient,
    mirrorPadGradient,
    prodGradient,
    reluGradient,
    sumGradient,
  ].map((config) => [config.kernelName, config]),
)

/**
 * Puts our gradient in place when a kernel is called. tfjs looks the gradient up only after the kernel ran, so this holds
 * whether the program registered the stock gradients before or after it imported this package.
 */
export function ensureGradient(kernelName: string): void {
  const ours = gradientOverrides.get(kernelName)
  if (ours && getGradient(kernelName) !== ours) registerGradient(ours)
}

export const overridden = (kernelName: string): boolean => gradientOverrides.has(kernelName)
