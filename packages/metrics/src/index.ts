export * from "./counterfactual/index.js"
export { toBytes } from "./features/bytes.js"
export type { CustomInput } from "./features/custom.js"
export { type ByteImages, type FeatureExtractor, featuresOfAll } from "./features/extractor.js"
export { type FunctionOptions, functionExtractor } from "./features/function.js"
export { type InceptionDimensions, inceptionDimensions } from "./features/inception/network.js"
export { type InceptionOptions, inceptionExtractor } from "./features/inception.js"
export { type InceptionFileOptions, loadInception } from "./features/inception-file.js"
export { type OnnxOptions, onnxExtractor } from "./features/onnx.js"
export { type Preprocessing, standardized } from "./features/preprocess.js"
export { type InceptionRecipe, inceptionPreprocessing, inceptionRecipes } from "./features/recipes.js"
export { onnxState, stateHash } from "./features/state.js"
export { createDigits } from "./fid/digits.js"
export { checkFeatures, type FeatureMatrix, stackFeatures } from "./fid/feature-matrix.js"
export { FidMetric, FidNMetric } from "./fid/fid-metrics.js"
export { frechetDistance } from "./fid/frechet.js"
export { type Gaussian, GaussianAccumulator } from "./fid/gaussian.js"
export { type Kid, type KidOptions, kid } from "./fid/kid.js"
export type { KidInterval } from "./fid/kid-interval.js"
export { KidMetric } from "./fid/kid-metric.js"
export { NeighborMetric } from "./fid/neighbor-metrics.js"
export {
  coverage,
  density,
  type NeighborOptions,
  type NeighborShare,
  precision,
  recall,
} from "./fid/neighbors.js"
export type { RecenteredInterval } from "./fid/recentered.js"
export { frechetInterval, kidInterval } from "./fid/set-intervals.js"
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
export { ALL_OR_NONE, allOrNone, shareInterval } from "./intervals/share-interval.js"
export { hueDistance, hueOf, type Ink, inkOf, judgeColors } from "./judge/color.js"
export { createJudge, type Judge, type JudgeVerdict, judgeConfidence } from "./judge/judge.js"
export { type JudgeWeights, judgeInput, judgeLogits, judgeShapes } from "./judge/network.js"
export { judgeAll, type SemanticsOptions, semanticsRow, semanticsTable } from "./judge/semantics.js"
export type { PaceOptions } from "./linalg/pace.js"
export type { ImageRange, LpipsInput } from "./lpips/input.js"
export { createLpips, type Lpips, type LpipsDistances } from "./lpips/lpips.js"
export { LpipsMetric, type LpipsMetricOptions } from "./lpips/metric.js"
export { trunkParameters } from "./lpips/network.js"
export { loadLpips } from "./lpips/trunk-file.js"
export { LPIPS_TRUNKS, type LpipsTrunk, minimumSide } from "./lpips/trunks.js"
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
export { aurocInterval, type RankingBootstrapOptions } from "./ranking/intervals.js"
export { partialAuroc } from "./ranking/partial-auroc.js"
export { Aupro, PixelAuroc } from "./ranking/pixel-metrics.js"
export type { Planes } from "./ranking/pixels.js"
export { type RankingRowOptions, rankingRows } from "./ranking/rows.js"
export type { CounterfactualSelection } from "./selection.js"
export { SsimMetric, type SsimMetricOptions } from "./ssim/metric.js"
export {
  SSIM_RECIPES,
  type SsimOptions,
  type SsimRecipe,
  ssim,
  ssimMinimumSide,
  ssimRecipe,
} from "./ssim/ssim.js"
