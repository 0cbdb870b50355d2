import { short } from "./format.js"
import { heatKinds, heatName, heatRamp } from "./heat.js"
import { heatAlt, Picture } from "./Picture.js"
import type { ShownExplanation, ShownExplanations, Sprite } from "./types.js"

type Heats = NonNullable<ShownExplanations["heats"]>

/** Heatmaps of one anomaly, each with its range. */
export function Heatmaps({ explanation, sprite }: { explanation: ShownExplanation; sprite: Sprite }) {
  return (
    <>
      {explanation.attributions?.map(({ kind, map, scale }) => (
        <figure key={kind}>
          <Picture sprite={sprite} cell={map} alt={heatAlt(explanation, kind)} />
          <figcaption>
            Heatmap
            <span class="muted">{heatName(kind)}</span>
            <span class="muted">0 to {short(scale)}</span>
          </figcaption>
        </figure>
      ))}
    </>
  )
}

/** The one color scale of all heatmaps. */
export const HeatRamp = () => (
  <div class="scale heat-scale">
    <span>0</span>
    <span class="ramp" style={`background:${heatRamp}`} aria-hidden="true" />
    <span>full strength of a heatmap</span>
  </div>
)

/** The color scale, and what its full strength is for each kind. */
export const HeatLegend = ({ heats }: { heats: Heats }) => (
  <>
    <HeatRamp />
    <dl class="kinds">
      {heats.map(({ kind, scale }) => (
        <div class="kind" key={kind}>
          <dt>{heatName(kind)}</dt>
          <dd>
            full strength = {short(scale)} and above, in all images
            {heatKinds[kind] && `; ${heatKinds[kind].meaning}`}
          </dd>
        </div>
      ))}
    </dl>
  </>
)
