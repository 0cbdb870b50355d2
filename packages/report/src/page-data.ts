import { basename, isAbsolute, relative, resolve, sep } from "node:path"
import type { ScoresFile } from "@ifnormal/core"
import { makeCurves } from "./curves.js"
import type { PageData, ScoreHistogram, Training } from "./page/types.js"
import type { RunFiles } from "./read-run.js"
import { showExplanations } from "./show-explanations.js"

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
