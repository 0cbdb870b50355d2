export { auroc } from "./auroc.js"
export { CounterfactualAuroc, DetectorAuroc } from "./auroc-metrics.js"
export { aurocInterval } from "./intervals/auroc-interval.js"
export { bootstrapInterval, clusterInterval, meanInterval } from "./intervals/bootstrap.js"
export { type BootstrapFields, type BootstrapOptions, bootstrapFields } from "./intervals/options.js"
export {
  type PairedDifference,
  pairedDifference,
  pairedRanking,
  type RankedScores,
} from "./intervals/paired.js"
export { meanPerImage } from "./intervals/per-image.js"
export { type OverSeeds, overSeeds } from "./intervals/seeds.js"
export { shareInterval } from "./intervals/share-interval.js"
export { aurocInterval, type BootstrapOptions, bootstrapInterval, meanInterval } from "./bootstrap.js"
export { toBytes } from "./features/bytes.js"
export { type ByteImages, type FeatureExtractor, featuresOfAll } from "./features/extractor.js"
export {
  type InceptionDimensions,
  inceptionDimensions,
} from "./features/inception/network.js"
export { type InceptionOptions, inceptionExtractor } from "./features/inception.js"
export { type Preprocessing, standardized } from "./features/preprocess.js"
export { type InceptionRecipe, inceptionPreprocessing, inceptionRecipes } from "./features/recipes.js"
export { onnxState, stateHash } from "./features/state.js"
export { hueDistance, hueOf, type Ink, inkOf, judgeColors } from "./judge/color.js"
export { createJudge, type Judge, type JudgeVerdict, judgeConfidence } from "./judge/judge.js"
export { type JudgeWeights, judgeInput, judgeLogits, judgeShapes } from "./judge/network.js"
export { judgeAll, type SemanticsOptions, semanticsRow, semanticsTable } from "./judge/semantics.js"
export {
  ConceptAccuracy,
  IdentityError,
  MeanMetric,
  MinimalityL1,
  MinimalityMse,
  ScoreError,
  Validity,
} from "./mean-metrics.js"
export { metricRow, metrics, metrics as default } from "./plugin.js"
export type { CounterfactualSelection } from "./selection.js"
