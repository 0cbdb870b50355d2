import { ConfigError, type MetricRow } from "@ifnormal/core"
import { overSeeds } from "@ifnormal/metrics"
import { csv, markdown, type Sheet } from "../formats.js"
import { table } from "../output.js"
import { describeNormal } from "./run.js"
import { type EvaluatedRun, valueRecipe } from "./run-sides.js"
import { showNumber, showPaper } from "./show.js"

/** A metric over the runs of one setup and detector, or over all setups of a detector. */
export interface SummaryRow {
  readonly dataset: string
  /** The normal classes, or "all setups". */
  readonly normal: string
  readonly detector: string
  readonly generator: string
  readonly type?: string
  readonly name: string
  readonly unit?: MetricRow["unit"]
  readonly recipe?: string
  readonly mean: number
  /** Sample standard deviation. */
  readonly std: number
  /** Runs. */
  readonly n: number
  readonly seeds: readonly number[]
  /** Fewest and most images behind one of the values. */
  readonly images: readonly [least: number, most: number]
  readonly skipped?: string
  readonly paper?: MetricRow["paper"]
}

interface Group {
  readonly dataset: string
  readonly normal: string
  readonly detector: string
  readonly generator: string
  readonly runs: EvaluatedRun[]
}

/**
 * Mean and standard deviation of every metric over seeds, by setup and detector, and over all setups of a detector where
 * there are several, as the paper's tables have them.
 * @param types only metrics of these
 * @throws ConfigError "runs-repeat" when two runs have the same setup, models and seed
 */
export function summarizeRuns(runs: readonly EvaluatedRun[], types?: readonly string[]): SummaryRow[] {
  const groups = groupBy(runs, ({ experiment }) => describeNormal(experiment))
  for (const group of groups) refuseRepeats(group.runs)
  const pooled = groupBy(runs, () => "all setups").filter(
    (all) => groups.filter((group) => sameModels(group, all)).length > 1,
  )
  return [...groups, ...pooled].flatMap((group) => rowsOf(group, types))
}

function groupBy(runs: readonly EvaluatedRun[], normalOf: (run: EvaluatedRun) => string): Group[] {
  const groups: Group[] = []
  for (const run of runs) {
    const { experiment, provenance } = run
    const { concepts } = experiment.generator
    const own = {
      dataset: provenance.dataset.name,
      normal: normalOf(run),
      detector: experiment.detector.type,
      generator: `${experiment.generator.type}${concepts === undefined ? "" : `, ${concepts} concepts`}`,
    }
    const group = groups.find((other) => sameModels(other, own) && other.normal === own.normal)
    if (group) group.runs.push(run)
    else groups.push({ ...own, runs: [run] })
  }
  return groups
}

function sameModels(a: Omit<Group, "runs">, b: Omit<Group, "runs">): boolean {
  return a.dataset === b.dataset && a.detector === b.detector && a.generator === b.generator
}

function refuseRepeats(runs: readonly EvaluatedRun[]): void {
  for (const [i, { run, experiment }] of runs.entries()) {
    const other = runs.slice(0, i).find((before) => before.experiment.seed === experiment.seed)
    if (!other) continue
    throw new ConfigError({
      code: "runs-repeat",
      message: `${other.run} and ${run} have the same setup, detector, generator and seed ${experiment.seed}; expected another seed in each.`,
      next: "Leave one of them out, or train it with another --seed.",
    })
  }
}

function rowsOf({ runs, ...group }: Group, types?: readonly string[]): SummaryRow[] {
  const first = new Map<string, MetricRow>()
  for (const row of runs.flatMap(({ metrics }) => metrics.metrics))
    if (!types || (row.type !== undefined && types.includes(row.type)))
      first.set(keyOf(row), first.get(keyOf(row)) ?? row)
  return [...first.entries()].map(([key, { type, name, unit, paper }]): SummaryRow => {
    const found = runs.flatMap(({ experiment, metrics }) => {
      const row = metrics.metrics.find((other) => keyOf(other) === key)
      return row && !row.skipped ? [{ row, seed: experiment.seed }] : []
    })
    const recipes = [...new Set(found.map(({ row }) => valueRecipe(row)))]
    const one = recipes.length <= 1
    const skipped = `The runs have other recipes: ${recipes.join(" against ")}.`
    const images = found.map(({ row }) => row.n)
    return {
      ...group,
      ...(type && { type }),
      name,
      ...(unit && { unit }),
      ...(one && recipes[0] !== undefined && { recipe: recipes[0] }),
      ...(one
        ? overSeeds(found.map(({ row }) => row.value))
        : { mean: Number.NaN, std: Number.NaN, n: found.length, skipped }),
      seeds: found.map(({ seed }) => seed),
      images: images.length > 0 ? [Math.min(...images), Math.max(...images)] : [0, 0],
      ...(paper && { paper }),
    }
  })
}

const keyOf = ({ type, name }: MetricRow) => JSON.stringify([type, name])

const COLUMNS = [
  ...["dataset", "normal", "detector", "generator", "type", "name", "unit", "mean", "std", "n", "seeds"],
  ...["images_least", "images_most", "recipe", "paper", "paper_spread", "paper_source", "skipped"],
] as const
const HEAD = ["metric", "mean +- std", "runs", "images each", "paper"] as const

/** The summary in every form; text and Markdown have one table per setup and models. */
export function summarySheet(rows: readonly SummaryRow[]): Sheet {
  const titles = [...new Set(rows.map(titleOf))]
  const blocks = (form: (title: string, own: readonly SummaryRow[]) => string) =>
    titles.map((title) =>
      form(
        title,
        rows.filter((row) => titleOf(row) === title),
      ),
    )
  return {
    json: { rows },
    csv: () =>
      csv(
        COLUMNS,
        rows.map(({ seeds, images, paper, ...row }) => ({
          ...row,
          seeds: seeds.join(" "),
          images_least: images[0],
          images_most: images[1],
          paper: paper?.value,
          paper_spread: paper?.spread,
          paper_source: paper?.source,
        })),
      ),
    md: () =>
      blocks((title, own) => `### ${title}\n\n${markdown(HEAD, own.map(cells), HEAD.slice(1))}`).join("\n"),
    text: () => blocks((title, own) => `${title}\n${table(HEAD, own.map(cells))}`).join("\n\n"),
  }
}

function titleOf({ dataset, normal, detector, generator }: SummaryRow): string {
  return `${dataset}, normal = ${normal}; detector ${detector}, generator ${generator}`
}

function cells(row: SummaryRow): string[] {
  const { name, unit, mean, std, n, images, skipped } = row
  const spread = unit === "fraction" ? (100 * std).toFixed(1) : showNumber(std, unit)
  return [
    name,
    skipped ?? `${showNumber(mean, unit)} +- ${spread}`,
    `${n}`,
    images[0] === images[1] ? `${images[0]}` : `${images[0]} to ${images[1]}`,
    showPaper(row),
  ]
}
