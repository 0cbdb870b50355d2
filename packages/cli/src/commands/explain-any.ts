import { ConfigError } from "@ifnormal/core"
import { type ExplainOptions, explainImages } from "./explain.js"
import type { ExplainDetectorOptions } from "./explain-detector.js"

const OWN = ["normal", "generator", "budget", "output", "index", "reduce", "bound", "size", "map", "features", "second", "masks", "attribution"] as const // biome-ignore format: a list

/**
 * `ifnormal explain`: of the user's own detector with --detector, else by a trained generator.
 * @throws ConfigError "option-not-for-run" for options of the one with the other
 */
export async function explainAny(
  paths: readonly string[],
  options: ExplainOptions & Partial<ExplainDetectorOptions>,
): Promise<void> {
  const { detector } = options
  if (detector === undefined) {
    const odd = OWN.find((name) => options[name] !== undefined)
    if (odd)
      throw misplaced(
        `--${odd} without --detector`,
        "Add --detector model.onnx, the model that is to be explained.",
      )
    return explainImages(paths, options)
  }
  const both = options.run ? "--run" : options.model ? "--model" : undefined
  if (both)
    throw misplaced(`--detector with ${both}`, `Leave out one of them: ${both} brings a detector of its own.`)
  const { explainDetector } = await import("./explain-detector.js")
  await explainDetector(paths, options as ExplainDetectorOptions)
}

const misplaced = (found: string, next: string) =>
  new ConfigError({
    code: "option-not-for-run",
    message: `Found ${found}, which do not go together.`,
    next,
  })
