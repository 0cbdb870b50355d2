import {
  type CounterfactualGenerator,
  type Experiment,
  type ImageSource,
  subset,
  toTensor,
} from "@ifnormal/core"
import type { RunFolder } from "@ifnormal/core/node"
import { formatSeconds } from "../options.js"
import { type Output, percent, table } from "../output.js"
import type { ExperimentData } from "./data.js"
import { spread } from "./gallery.js"
import { openJudge } from "./judge.js"
import { generate } from "./passes.js"

const FILE = "curve.json"
const IMAGES = 128
const POINTS = 20
/** Share of cyan-or-one from which a run counts as good (the bar on time to quality). */
const GOAL = 0.8

/** What the judge saw of counterfactuals of validation anomalies at one moment of the training. */
export interface QualityPoint {
  /** Wall-clock since the command began, data and detector included. */
  readonly seconds: number
  readonly step: number
  /** Fraction of the counterfactuals that are cyan or a one (the normal color, the normal digit). */
  readonly cyanOrOne: number
  /** The same by concept. */
  readonly concepts: readonly number[]
}

/** Quality against wall-clock, on validation images: the test set is read once, at the end. Kept in curve.json. */
export class QualityCurve {
  readonly points: QualityPoint[] = []
  /** Seconds of earlier processes of this run. */
  #before = 0

  constructor(
    private readonly folder: RunFolder,
    private readonly experiment: Experiment,
    private readonly data: ExperimentData,
    private readonly output: Output,
    /** `performance.now()` when the command began. */
    private readonly began: number,
  ) {}

  /** Goes on with the points of an earlier process. */
  async resume(): Promise<void> {
    if (!(await this.folder.has(FILE))) return
    this.points.push(...(await this.folder.readJson<QualityPoint[]>(FILE)))
    this.#before = this.points.at(-1)?.seconds ?? 0
  }

  /** To be called after each step; measures at twenty of them. Returns what belongs into the log. */
  async afterStep(
    step: number,
    steps: number,
    generator: CounterfactualGenerator,
  ): Promise<Record<string, number>> {
    const every = Math.max(1, Math.ceil(steps / POINTS))
    if (step % every !== 0 && step !== steps) return {}
    const concepts = await this.#measure(this.data.split.validationAnomalies, generator)
    if (concepts.length === 0) return {}
    const cyanOrOne = concepts.reduce((sum, share) => sum + share, 0) / concepts.length
    const seconds = this.#before + (performance.now() - this.began) / 1000
    const point = { seconds, step, cyanOrOne, concepts }
    this.points.splice(0, this.points.length, ...this.points.filter((other) => other.step < step), point)
    await this.folder.writeJson(FILE, this.points)
    this.output.note(
      `quality after ${formatSeconds(seconds)}, step ${step}: ${percent(cyanOrOne)} cyan or one`,
    )
    return { cyanOrOne }
  }

  async #measure(source: ImageSource, generator: CounterfactualGenerator): Promise<number[]> {
    const judge = openJudge(this.experiment, this.data.dataset, source.shape)
    if (!judge || source.length === 0) return []
    const rows = subset(source, spread(source.length, IMAGES))
    const all = Array.from({ length: rows.length }, (_, row) => row)
    const images = toTensor(await rows.read(all), rows.length, rows.shape)
    await judge.original("anomaly", images)
    for (let concept = 0; concept < generator.concepts; concept++) {
      const made = await generate(images, new Float64Array(rows.length), concept, generator)
      await judge.counterfactual(concept, made, images)
      made.dispose()
    }
    images.dispose()
    judge.dispose()
    return judge
      .table()
      .rows.filter(({ name }) => /^concept \d/.test(name))
      .map(({ cyanOrOne }) => cyanOrOne)
  }

  /** When the goal was first reached, seconds; undefined if it was not. */
  get reached(): number | undefined {
    return this.points.find(({ cyanOrOne }) => cyanOrOne >= GOAL)?.seconds
  }

  /** The curve as text. */
  describe(): string {
    const rows = this.points.map(({ seconds, step, cyanOrOne, concepts }) => [
      formatSeconds(seconds),
      `${step}`,
      percent(cyanOrOne),
      concepts.map(percent).join(" / "),
    ])
    const reached = this.reached
    return [
      `Quality against wall-clock (${IMAGES} validation anomalies, independent judge):`,
      table(["time", "step", "cyan or one", "by concept"], rows),
      reached === undefined
        ? `${percent(GOAL)} cyan or one was not reached.`
        : `${percent(GOAL)} cyan or one was reached after ${formatSeconds(reached)}.`,
    ].join("\n")
  }
}
