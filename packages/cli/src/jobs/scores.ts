import { createReadStream } from "node:fs"
import { readFile, stat } from "node:fs/promises"
import { extname } from "node:path"
import { DataError } from "@ifnormal/core"
import { startProgress } from "../progress.js"
import { readScoreCsv, type ScoreColumns } from "./score-csv.js"
import { anomalous, type LabelOptions, list } from "./score-labels.js"

/** Scores of both kinds, and which labels they had. */
export interface TwoKinds {
  readonly normal: Float64Array
  readonly anomaly: Float64Array
  readonly labels: { readonly normal: readonly string[]; readonly anomaly: readonly string[] }
}

export interface ScoreOptions extends ScoreColumns, LabelOptions {
  readonly quiet: boolean
}

/** Files from here on take more than two seconds to read on a slow machine. */
const LARGE = 32 * 2 ** 20

/**
 * Scores of a CSV file, of a run's scores.json, or of CSV on standard input ("-").
 * @throws DataError as `readScoreCsv` and `anomalous`; "scores-json", "one-class"
 */
export async function readScores(path: string, options: ScoreOptions): Promise<TwoKinds> {
  if (extname(path).toLowerCase() === ".json") return readScoresJson(path)
  const size = path === "-" ? 0 : (await stat(path)).size
  const progress = await startProgress({
    label: "reading",
    total: size,
    quiet: options.quiet || size < LARGE,
  })
  const source = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: 2 ** 20 })
  const { scores, kinds, labels } = await readScoreCsv(source, options, progress.update).finally(
    progress.stop,
  )
  const isAnomaly = anomalous(labels, options)
  const pick = (kind: boolean) => scores.filter((_, row) => isAnomaly[kinds[row]!] === kind)
  const found = {
    normal: pick(false),
    anomaly: pick(true),
    labels: {
      normal: labels.filter((_, i) => !isAnomaly[i]),
      anomaly: labels.filter((_, i) => isAnomaly[i]),
    },
  }
  if (found.normal.length === 0 || found.anomaly.length === 0)
    throw new DataError({
      code: "one-class",
      message: `All ${scores.length} rows are ${found.normal.length ? "normal" : "anomalous"} (labels ${list(labels)}), expected some of each kind.`,
      next: "Say which labels are anomalous with --positive, or name another column with --label.",
    })
  return found
}

async function readScoresJson(path: string): Promise<TwoKinds> {
  const text = await readFile(path, "utf8")
  const refuse = (found: string) =>
    new DataError({
      code: "scores-json",
      message: `${path} ${found}, expected the lists "normal" and "anomaly" with a number per image.`,
      next: "Name the scores.json that ifnormal evaluate wrote, or a CSV file.",
    })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refuse(`is no JSON (${(error as Error).message})`)
  }
  const read = (name: "normal" | "anomaly"): Float64Array => {
    const scores = (value as Record<string, unknown> | null)?.[name]
    if (!Array.isArray(scores)) throw refuse(`has no list "${name}"`)
    if (scores.length === 0) throw refuse(`has an empty list "${name}"`)
    const wrong = scores.findIndex((score) => typeof score !== "number")
    if (wrong >= 0) throw refuse(`has ${JSON.stringify(scores[wrong])} at position ${wrong} of "${name}"`)
    return Float64Array.from(scores)
  }
  return {
    normal: read("normal"),
    anomaly: read("anomaly"),
    labels: { normal: ["normal"], anomaly: ["anomaly"] },
  }
}
