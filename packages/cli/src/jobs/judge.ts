import type { Dataset, Experiment, ImageShape, MetricRow, SemanticsRow } from "@ifnormal/core"
import { type Judge, type JudgeVerdict, judgeColors, semanticsRow } from "@ifnormal/metrics"
import { loadJudge } from "@ifnormal/metrics/node"
import type * as tf from "@tensorflow/tfjs-core"

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

/** What an independent judge sees in images that pass by: control rows and one row per concept. */
export class Semantics {
  readonly #originals = { normal: [] as JudgeVerdict[], anomaly: [] as JudgeVerdict[] }
  readonly #made: JudgeVerdict[][] = []

  constructor(
    private readonly judge: Judge,
    /** 0..9 */
    private readonly digit: number,
    /** How the judge is called in the report. */
    readonly name: string,
  ) {}

  /** @param images [batch, 28, 28, 3] in [0, 1] */
  async original(role: "normal" | "anomaly", images: tf.Tensor4D): Promise<void> {
    this.#originals[role].push(...(await this.judge.judge(images)))
  }

  /** Counterfactuals of the anomalies in the order in which those passed. */
  async counterfactual(concept: number, images: tf.Tensor4D, originals: tf.Tensor4D): Promise<void> {
    this.#made[concept] ??= []
    this.#made[concept].push(...(await this.judge.judge(images, originals)))
  }

  /** The table of metrics.json. */
  table(): { judge: string; rows: SemanticsRow[] } {
    const { normal, anomaly } = this.#originals
    const all = this.#made.flat()
    return {
      judge: this.name,
      rows: [
        semanticsRow("raw anomalies", anomaly, anomaly, this.digit),
        semanticsRow("normal test images", normal, normal, this.digit),
        ...this.#made.map((made, k) => semanticsRow(`concept ${k + 1}`, made, anomaly, this.digit)),
        semanticsRow(
          "all counterfactuals",
          all,
          this.#made.flatMap(() => anomaly),
          this.digit,
        ),
      ],
    }
  }

  /** The bars of this project on what the judge sees; only where the normal classes are a digit and a color. */
  rows(): MetricRow[] {
    const [raw, normal] = this.table().rows
    const all = this.table().rows.at(-1)!
    return [
      share(
        "Judge: raw anomalies cyan or one (control)",
        raw!.cyanOrOne,
        raw!.n,
        "<= 2 %",
        raw!.cyanOrOne <= 0.02,
      ),
      share(
        "Judge: normal images cyan or one (control)",
        normal!.cyanOrOne,
        normal!.n,
        ">= 97 %",
        normal!.cyanOrOne >= 0.97,
      ),
      share("Judge: CEs cyan or one", all.cyanOrOne, all.n, ">= 90 %", all.cyanOrOne >= 0.9),
      ...(this.#made.length === 2 ? this.#roles() : []),
    ]
  }

  // One concept should recolor and keep the digit, the other change the digit and keep the color: the better assignment.
  #roles(): MetricRow[] {
    const originals = this.#originals.anomaly
    const shares = this.#made.map((made) => {
      const seen = made.map((verdict, i) => semanticsRow("", [verdict], [originals[i]!], this.digit))
      const sure = made.map(({ digit }) => digit !== undefined)
      return {
        recolors: seen.filter(({ cyan, digitKept }) => cyan && digitKept).length / made.length,
        redraws:
          seen.filter(({ colorKept, digitKept }, i) => sure[i] && !digitKept && colorKept).length /
          made.length,
      }
    })
    const [first, second] = shares as [(typeof shares)[0], (typeof shares)[0]]
    const swap = Math.min(second.recolors, first.redraws) > Math.min(first.recolors, second.redraws)
    const [recolors, redraws] = swap ? [1, 0] : [0, 1]
    const n = originals.length
    const a = shares[recolors]!.recolors
    const b = shares[redraws]!.redraws
    return [
      share(`Judge: CE recolored, digit kept, concept ${recolors + 1}`, a, n, ">= 75 %", a >= 0.75),
      share(`Judge: CE digit changed, color kept, concept ${redraws + 1}`, b, n, ">= 75 %", b >= 0.75),
    ]
  }

  dispose(): void {
    this.judge.dispose()
  }
}

function share(name: string, value: number, n: number, text: string, met: boolean): MetricRow {
  return { name, value, n, unit: "fraction", bar: { text, met } }
}

/**
 * The judge for a setup whose normal classes are a digit and a color of it; none for other data.
 * @throws CheckpointError "judge-missing", "judge-hash"
 */
export function openJudge(
  experiment: Experiment,
  dataset: Dataset,
  shape: ImageShape,
): Semantics | undefined {
  const { normal } = experiment.setup
  const digit = normal.find((selector) => typeof selector === "string")
  const color = normal.flatMap((selector) => (typeof selector === "string" ? [] : [selector.color]))[0]
  const fits =
    normal.length === 2 &&
    shape.join() === "28,28,3" &&
    color !== undefined &&
    Object.hasOwn(judgeColors, color)
  if (!fits || typeof digit !== "string" || dataset.classNames.join() !== DIGITS.join()) return undefined
  const judge = loadJudge({ color })
  const { accuracy, n } = judge.manifest.test
  const plain = `a digit classifier trained on plain MNIST (${(100 * accuracy).toFixed(2)} % of ${n} test digits), counted where it is 90 % sure, and the hue of the ink`
  // The columns are named after the paper's setup whatever is normal.
  const name =
    color === "cyan" && digit === "one" ? plain : `${plain}; "cyan" and "one" stand for ${color} and ${digit}`
  return new Semantics(judge, DIGITS.indexOf(digit), name)
}
