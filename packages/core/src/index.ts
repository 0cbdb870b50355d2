import "./tfjs-setup.js"

export { sha256 } from "./checkpoint/hash.js"
export { Manifest, parseManifest } from "./checkpoint/manifest.js"
export { type Checkpoint, restoreDetector, restoreGenerator } from "./checkpoint/restore.js"
export { decodeSafetensors, encodeSafetensors, safetensorsMetadata } from "./checkpoint/safetensors.js"
export { assignVariables, readTensors, weightsHash } from "./checkpoint/variables.js"
export { compiled } from "./compiled.js"
export * from "./contract/index.js"
export { imageBatches, toTensor, trainingData } from "./data/batches.js"
export { type FloatResize, resizeFloat } from "./data/resize/float.js"
export { type PillowFilter, resizePillow } from "./data/resize/pillow.js"
export { oneVsRest, type SplitOptions, splitAnomalies } from "./data/setup.js"
export { subset } from "./data/source.js"
export {
  Experiment,
  type ExperimentInput,
  experimentJsonSchema,
  parseExperiment,
  sectionOptions,
} from "./experiment/config.js"
export { parseConfig } from "./experiment/issues.js"
export { didYouMean, nearest } from "./experiment/nearest.js"
export {
  createDataset,
  createDetector,
  createGenerator,
  createMetric,
  createRegistry,
  type Kind,
  type Registered,
  type Registry,
  type TypedOptions,
} from "./experiment/registry.js"
export {
  type Attribution,
  type AttributionKind,
  type AttributionOptions,
  attribute,
  attributionKinds,
  attributions,
  availableAttributions,
} from "./explain/attribution.js"
export type { Baseline } from "./explain/baseline.js"
export { gaussianBlur } from "./explain/blur.js"
export {
  defaultEps,
  defaultEpsPrime,
  defaultTolerance,
  type ExplainOptions,
  explain,
  type Model,
  type StampOptions,
} from "./explain/explain.js"
export { type FragilityOptions, fragility, type Suspect } from "./explain/fragile.js"
export { checkShape } from "./explain/input.js"
export { defaultLimits, type Limits } from "./explain/limits.js"
export { type Scores, scoreImages } from "./explain/score.js"
export { type TraverseOptions, traverse } from "./explain/traverse.js"
export * from "./nn/index.js"
export * from "./objective/index.js"
export * from "./random.js"
export * from "./train/index.js"
