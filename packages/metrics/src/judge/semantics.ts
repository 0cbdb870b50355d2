import type { SemanticsRow } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import { slice } from "@tensorflow/tfjs-core"
import { keptColor } from "./color.js"
import type { Judge, JudgeVerdict } from "./judge.js"

export interface SemanticsOptions {
  readonly judge: Judge
  /** [anomalies, 28, 28, channels] in [0, 1] */
  readonly anomalies: tf.Tensor4D
  /** [normals, 28, 28, channels] */
  readonly normal: tf.Tensor4D
  /** One per concept, shape of `anomalies`: row i was made from anomaly i at alpha = 0. */
  readonly counterfactuals: readonly tf.Tensor4D[]
  /** The digit that is normal in any color, default 1. The normal color is the judge's. */
  readonly normalDigit?: number
  /** Images judged at a time, default 256. */
  readonly batchSize?: number
}

/**
 * What the independent judge sees in counterfactuals, between two control rows. Rows: "raw anomalies", "normal test
 * images", "concept 1" ... "concept K", "all counterfactuals". `cyan` and `one` stand for the normal color and digit.
 * `digitKept`: the judge is sure of the same digit in original and counterfactual; `colorKept`: hue within 15 degrees of
 * the original's, gray stays gray (saturation < 0.25). Shares are of all n images, also of those whose original the
 * judge is not sure of; the control rows compare images with themselves.
 * @throws ShapeError "judge-shape", DataError "judge-nan"
 */
export async function semanticsTable(options: SemanticsOptions): Promise<SemanticsRow[]> {
  const { anomalies, normal, counterfactuals, judge, normalDigit = 1, batchSize = 256 } = options
  const originals = await judgeAll(judge, anomalies, undefined, batchSize)
  const normals = await judgeAll(judge, normal, undefined, batchSize)
  const rows = [
    semanticsRow("raw anomalies", originals, originals, normalDigit),
    semanticsRow("normal test images", normals, normals, normalDigit),
  ]
  const all: JudgeVerdict[] = []
  for (const [k, images] of counterfactuals.entries()) {
    const verdicts = await judgeAll(judge, images, anomalies, batchSize)
    rows.push(semanticsRow(`concept ${k + 1}`, verdicts, originals, normalDigit))
    for (const verdict of verdicts) all.push(verdict)
  }
  const repeated = counterfactuals.flatMap(() => originals)
  return [...rows, semanticsRow("all counterfactuals", all, repeated, normalDigit)]
}

/** One row out of verdicts and the verdicts on their originals, in the same order. */
export function semanticsRow(
  name: string,
  verdicts: readonly JudgeVerdict[],
  originals: readonly JudgeVerdict[],
  normalDigit = 1,
): SemanticsRow {
  const n = verdicts.length
  const share = (test: (verdict: JudgeVerdict, original: JudgeVerdict) => boolean) =>
    verdicts.filter((verdict, i) => test(verdict, originals[i]!)).length / n
  return {
    name,
    n,
    cyan: share(({ cyan }) => cyan),
    one: share(({ digit }) => digit === normalDigit),
    cyanOrOne: share(({ cyan, digit }) => cyan || digit === normalDigit),
    digitKept: share(({ digit }, original) => digit !== undefined && digit === original.digit),
    colorKept: share(({ ink }, original) => keptColor(ink, original.ink)),
  }
}

/** Verdicts on many images, `batchSize` at a time. */
export async function judgeAll(
  judge: Judge,
  images: tf.Tensor4D,
  originals: tf.Tensor4D | undefined,
  batchSize = 256,
): Promise<JudgeVerdict[]> {
  if (originals && images.shape[0] !== originals.shape[0]) return judge.judge(images, originals)
  const verdicts: JudgeVerdict[] = []
  for (let start = 0; start < images.shape[0]; start += batchSize) {
    const size = Math.min(batchSize, images.shape[0] - start)
    const part = slice(images, start, size)
    const from = originals && slice(originals, start, size)
    for (const verdict of await judge.judge(part, from)) verdicts.push(verdict)
    part.dispose()
    from?.dispose()
  }
  return verdicts
}
