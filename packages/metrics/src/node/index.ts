import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { CheckpointError, decodeSafetensors } from "@ifnormal/core"
import type { FeatureExtractor } from "../features/extractor.js"
import { createDigits } from "../fid/digits.js"
import { createJudge, type Judge } from "../judge/judge.js"

export { type CachedExtractor, cachedExtractor, type FeatureCacheOptions } from "./feature-cache.js"

/** models/judge/manifest.json, what there is to quote about the judge. */
export interface JudgeManifest {
  readonly weights: { readonly file: string; readonly sha256: string }
  readonly test: {
    readonly n: number
    /** Fractions: all test digits, digits it is sure of (confidence >= 0.9), and how often it is right then. */
    readonly accuracy: number
    readonly counted: number
    readonly accuracyOfCounted: number
  }
  readonly command: string
}

/** The package's own models/judge folder: two levels up from src/node and from dist/node. */
const ownFolder = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "models", "judge")

interface JudgeOptions {
  /** Normal color, default "cyan". */
  readonly color?: string
  /** Another judge's folder, as scripts/train-judge.mjs writes it. */
  readonly folder?: string
}

/**
 * The judge that comes with this package.
 * @throws CheckpointError "judge-missing" or "judge-hash"
 */
export function loadJudge(options: JudgeOptions = {}): Judge & { readonly manifest: JudgeManifest } {
  const { weights, manifest } = readJudge(options.folder)
  return { ...createJudge(weights, options), manifest }
}

/**
 * The judge's penultimate layer as features of MNIST-like images, see `createDigits`.
 * @throws as `loadJudge`
 */
export function loadDigits({ folder }: Pick<JudgeOptions, "folder"> = {}): FeatureExtractor {
  const { weights, manifest } = readJudge(folder)
  return createDigits(weights, manifest.weights.sha256)
}

function readJudge(folder = ownFolder) {
  const next =
    "Install @ifnormal/metrics again, or train the judge: node packages/metrics/scripts/train-judge.mjs"
  const path = join(folder, "manifest.json")
  if (!existsSync(path))
    throw new CheckpointError({
      code: "judge-missing",
      message: `There is no manifest.json in ${folder}, expected the judge that comes with @ifnormal/metrics.`,
      next,
    })
  const manifest = JSON.parse(readFileSync(path, "utf8")) as JudgeManifest
  const bytes = readFileSync(join(folder, manifest.weights.file))
  const found = createHash("sha256").update(bytes).digest("hex")
  if (found !== manifest.weights.sha256)
    throw new CheckpointError({
      code: "judge-hash",
      message: `${join(folder, manifest.weights.file)} has sha256 ${found}, its manifest says ${manifest.weights.sha256}.`,
      next,
    })
  return { weights: decodeSafetensors(bytes), manifest }
}
