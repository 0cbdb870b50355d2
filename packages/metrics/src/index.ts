export { auroc } from "./auroc.js"
export { CounterfactualAuroc, DetectorAuroc } from "./auroc-metrics.js"
export { checkFeatures, type FeatureMatrix, stackFeatures } from "./fid/feature-matrix.js"
export { frechetDistance } from "./fid/frechet.js"
export { type Gaussian, GaussianAccumulator } from "./fid/gaussian.js"
export { type Kid, type KidOptions, kid } from "./fid/kid.js"
export {
  coverage,
  density,
  type NeighborOptions,
  type NeighborShare,
  precision,
  recall,
} from "./fid/neighbors.js"
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
export { hueDistance, hueOf, type Ink, inkOf, judgeColors } from "./judge/color.js"
export { createJudge, type Judge, type JudgeVerdict, judgeConfidence } from "./judge/judge.js"
export { type JudgeWeights, judgeInput, judgeLogits, judgeShapes } from "./judge/network.js"
export { judgeAll, type SemanticsOptions, semanticsRow, semanticsTable } from "./judge/semantics.js"
export type { PaceOptions } from "./linalg/pace.js"
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
