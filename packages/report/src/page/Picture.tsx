import type { StoredCounterfactual } from "@ifnormal/core"
import { nameOf } from "./best.js"
import { score, stamps } from "./format.js"
import { heatName } from "./heat.js"
import type { ShownCounterfactual, ShownExplanation, Sprite } from "./types.js"

/** One cell of the sprite as a picture. Size and pixel scaling come from the style sheet. */
export function Picture(props: {
  sprite: Sprite
  cell: number
  alt: string
  /** Framed unless valid. */
  status?: StoredCounterfactual["status"]
  /** SVG path drawn over the picture, in its pixels. */
  outline?: string
}) {
  const { columns, rows, shape } = props.sprite
  const x = columns > 1 ? (100 * (props.cell % columns)) / (columns - 1) : 0
  const y = rows > 1 ? (100 * Math.floor(props.cell / columns)) / (rows - 1) : 0
  return (
    <span class={failed(props.status) ? "frame failed" : "frame"}>
      <span
        class="picture"
        role="img"
        aria-label={props.alt}
        style={`background-position:${x.toFixed(3)}% ${y.toFixed(3)}%`}
      />
      {props.outline && (
        <svg
          class="outline"
          viewBox={`0 0 ${shape[1]} ${shape[0]}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path d={props.outline} />
          <path d={props.outline} />
        </svg>
      )}
    </span>
  )
}

/** The check that a counterfactual failed, in a line that valid ones leave empty. */
export function Stamp({ status }: { status: StoredCounterfactual["status"] }) {
  return <span class="stamp">{failed(status) && stamps[status].short}</span>
}

const failed = (status?: StoredCounterfactual["status"]) => status !== undefined && status !== "valid"

/** "anomaly: seven, red, score 0.98" */
export const originalAlt = (explanation: ShownExplanation) =>
  `${explanation.role}: ${explanation.label}, score ${score(explanation.score)}` +
  (explanation.outline ? ", defect outlined" : "")

/** "counterfactual of seven, red, concept 1: score 0.02, valid" */
export const counterfactualAlt = (explanation: ShownExplanation, made: ShownCounterfactual) =>
  `${explanation.role === "anomaly" ? "counterfactual" : "pseudo-anomaly"} of ${explanation.label}, ` +
  `${nameOf(made, explanation.counterfactuals)}: score ${score(made.score)}, ${stamps[made.status].long}`

/** "heatmap of seven, red: gradient map" */
export const heatAlt = (explanation: ShownExplanation, kind: string) =>
  `heatmap of ${explanation.label}: ${heatName(kind)}`
