import { basename, isAbsolute, relative, resolve, sep } from "node:path"
import type { ImageShape, ScoresFile, StoredExplanation } from "@ifnormal/core"
import { compare } from "./compare.js"
import { makeCurves } from "./curves.js"
import { heatViews } from "./heat.js"
import { changeMap } from "./page/change.js"
import { initialSelection } from "./page/select.js"
import type { PageData, ScoreHistogram, ShownExplanations, Training } from "./page/types.js"
import type { RunFiles } from "./read-run.js"
import { makeSprite, rgbaOf, rgbaUri } from "./sprite.js"

/** Shown at most; the sentence under the gallery says of how many. Our choice: a page that a person can look through. */
const maxAnomalies = 60
const maxNormals = 24
/** Characters of the sprite's data URI; keeps the report below 5 MB. */
const maxSprite = 3_500_000
/** Bytes of pixels before compression; more is not even tried. */
const maxRaw = 8_000_000
const bins = 50

/** The page's data and its one picture. */
export function makePage(folder: string, files: RunFiles): { data: PageData; spriteUri?: string } {
  const shown = files.explanations && showExplanations(files.explanations)
  const trainings = (["detector", "generator"] as const).flatMap((model): Training[] => {
    const log = files.logs[model]
    if (!log) return []
    const { step, seconds } = log.at(-1)!
    return [{ model, steps: step, seconds, curves: makeCurves(log) }]
  })
  return {
    data: {
      folder: shortPath(folder),
      run: files.run,
      experiment: files.experiment,
      histogram: files.scores && makeHistogram(files.scores),
      explanations: shown?.explanations,
      metrics: files.metrics,
      trainings,
    },
    spriteUri: shown?.uri,
  }
}

/** Relative to the working folder where possible, never a path that names the machine's user. */
function shortPath(folder: string): string {
  const path = relative(process.cwd(), resolve(folder))
  if (path.startsWith("..") || isAbsolute(path)) return `runs/${basename(resolve(folder))}`
  return path === "" ? "." : path.split(sep).join("/")
}

/** Counts in equal bins over [0, 1]; scores outside are put into the outer bins, NaN is left out. */
function makeHistogram({ normal, anomaly, counterfactual, names }: ScoresFile): ScoreHistogram {
  const count = (scores: readonly number[]) => {
    const counts = new Array<number>(bins).fill(0)
    for (const score of scores)
      if (!Number.isNaN(score)) counts[Math.min(bins - 1, Math.max(0, Math.floor(score * bins)))]!++
    return counts
  }
  return {
    bins,
    normal: count(normal),
    anomaly: count(anomaly),
    counterfactual: counterfactual.map(count),
    ...(names && { names }),
  }
}

function showExplanations(
  files: NonNullable<RunFiles["explanations"]>,
): { explanations: ShownExplanations; uri: string } | undefined {
  const { index, images } = files
  const all = (role: StoredExplanation["role"]) => index.explanations.filter((e) => e.role === role)
  const anomalies = all("anomaly")
  const normals = all("normal")
  const stamps = { valid: 0, "target-missed": 0, "too-far": 0, "not-distinct": 0, fragile: 0 }
  for (const { status } of anomalies.flatMap((e) => e.counterfactuals)) stamps[status]++
  if (anomalies.length + normals.length === 0) return undefined

  const [height, width, channels] = index.shape
  let share = 1
  let strips = true
  for (;;) {
    const shownAnomalies = anomalies.slice(0, Math.ceil(Math.min(maxAnomalies, anomalies.length) * share))
    const shownNormals = normals.slice(0, Math.ceil(Math.min(maxNormals, normals.length) * share))
    const cells = new Map<number, number>()
    const cell = (row: number) => {
      if (!cells.has(row)) cells.set(row, cells.size)
      return cells.get(row)!
    }
    const place = <T extends { image: number }>(item: T): T => ({ ...item, image: cell(item.image) })
    const show = ({ strip, ...explanation }: StoredExplanation): StoredExplanation => ({
      ...place(explanation),
      counterfactuals: explanation.counterfactuals.map(place),
      ...(strip && strips && { strip: strip.map(place) }),
    })
    const shown = { anomalies: shownAnomalies.map(show), normals: shownNormals.map(show) }
    const few = shownAnomalies.length <= 1 && shownNormals.length <= 1
    const smallest = few && !strips
    const raw = cells.size * height * width * channels
    const made = raw > maxRaw && !smallest ? undefined : makeSprite(images, [...cells.keys()], index.shape)
    if (made && (made.uri.length <= maxSprite || smallest))
      return {
        uri: made.uri,
        explanations: {
          limits: index.limits,
          concepts: index.concepts,
          sprite: made.sprite,
          ...shown,
          total: { anomalies: anomalies.length, normals: normals.length },
          stamps,
          ...(index.generators && { compared: compare(index.generators, anomalies) }),
          ...(index.maskMargin !== undefined && { maskMargin: index.maskMargin }),
          heat: heatViews(shown.anomalies, files),
          firstChange: firstChange(shown.anomalies, [...cells.keys()], images, index.shape),
        },
      }
    if (few) strips = false
    else share *= Math.min(0.8, made ? (0.9 * maxSprite) / made.uri.length : maxRaw / raw)
  }
}

/** Change maps of the anomaly that is selected at first; `rows` are the image rows of the sprite's cells. */
function firstChange(
  anomalies: readonly StoredExplanation[],
  rows: readonly number[],
  images: Uint8Array,
  shape: ImageShape,
) {
  const explanation = anomalies[initialSelection(anomalies)]
  if (!explanation) return []
  const original = rgbaOf(images, rows[explanation.image]!, shape)
  return explanation.counterfactuals.map(({ image }) => {
    const { rgba, changed } = changeMap(original, rgbaOf(images, rows[image]!, shape), "luminance")
    return { uri: rgbaUri(rgba, shape[1], shape[0]), changed }
  })
}
