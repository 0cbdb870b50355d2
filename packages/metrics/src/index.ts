export { type BootstrapOptions, bootstrapInterval, meanInterval } from "./bootstrap.js"
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
export { aupro, pixelAuroc } from "./ranking/aupro.js"
export { auroc } from "./ranking/auroc.js"
export { averagePrecision } from "./ranking/average-precision.js"
export {
  CounterfactualAuroc,
  DetectorAupr,
  DetectorAuroc,
  DetectorF1Max,
  DetectorPartialAuroc,
} from "./ranking/detector-metrics.js"
export { type F1Max, f1Max } from "./ranking/f1-max.js"
export { aurocInterval, type RankingBootstrapOptions, rankingIntervals } from "./ranking/intervals.js"
export { partialAuroc } from "./ranking/partial-auroc.js"
export { Aupro, PixelAuroc } from "./ranking/pixel-metrics.js"
export type { Planes } from "./ranking/pixels.js"
export type { CounterfactualSelection } from "./selection.js"
export { shareInterval } from "./share-interval.js"
