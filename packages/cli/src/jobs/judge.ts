import type { Dataset, Experiment, ImageShape, SemanticsRow } from "@ifnormal/core"
import { type Judge, type JudgeVerdict, judgeColors, semanticsRow } from "@ifnormal/metrics"
import { loadJudge } from "@ifnormal/metrics/node"
import type * as tf from "@tensorflow/tfjs-core"
import type { Share } from "./own-rows.js"

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
  shares(): Share[] {
    const { normal, anomaly } = this.#originals
    const normalLooking = ({ cyan, digit }: JudgeVerdict) => (cyan || digit === this.digit ? 1 : 0)
    const share = (
      name: string,
      verdicts: JudgeVerdict[],
      text: string,
      meets: (share: number) => boolean,
    ): Share => ({
      type: "judge",
      name: `Judge: ${name}`,
      hits: verdicts.map(normalLooking),
      images: verdicts.map((_, i) => i % (verdicts === normal ? normal.length : anomaly.length)),
      of: verdicts === normal ? "normal" : "anomaly",
      recipe: "share of images that the judge calls normal",
      bar: { text, meets },
    })
    return [
      share("raw anomalies cyan or one (control)", anomaly, "<= 2 %", (found) => found <= 0.02),
      share("normal images cyan or one (control)", normal, ">= 97 %", (found) => found >= 0.97),
      share("CEs cyan or one", this.#made.flat(), ">= 90 %", (found) => found >= 0.9),
      ...(this.#made.length === 2 ? this.#roles() : []),
    ]
  }

  // One concept should recolor and keep the digit, the other change the digit and keep the color: the better assignment.
  #roles(): Share[] {
    const originals = this.#originals.anomaly
    const found = this.#made.map((made) => {
      const seen = made.map((verdict, i) => semanticsRow("", [verdict], [originals[i]!], this.digit))
      const sure = made.map(({ digit }) => digit !== undefined)
      const recolors = seen.map(({ cyan, digitKept }) => (cyan && digitKept ? 1 : 0))
      const redraws = seen.map(({ colorKept, digitKept }, i) => (sure[i] && !digitKept && colorKept ? 1 : 0))
      return { recolors, redraws }
    })
    const [first, second] = found as [(typeof found)[0], (typeof found)[0]]
    const count = (hits: readonly number[]) => hits.filter(Boolean).length
    const swap =
      Math.min(count(second.recolors), count(first.redraws)) >
      Math.min(count(first.recolors), count(second.redraws))
    const [recolors, redraws] = swap ? [1, 0] : [0, 1]
    const role = (name: string, concept: number, hits: readonly number[]): Share => ({
      type: "judge",
      name: `Judge: CE ${name}, concept ${concept + 1}`,
      hits,
      images: [...hits.keys()],
      of: "anomaly",
      recipe: "share of images where the judge is sure of both",
      bar: { text: ">= 75 %", meets: (value) => value >= 0.75 },
    })
    return [
      role("recolored, digit kept", recolors, found[recolors]!.recolors),
      role("digit changed, color kept", redraws, found[redraws]!.redraws),
    ]
  }

  dispose(): void {
    this.judge.dispose()
  }
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
