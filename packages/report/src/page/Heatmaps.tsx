import { short } from "./format.js"
import { heatKinds, heatName, heatRamp } from "./heat.js"
import { heatAlt, Picture } from "./Picture.js"
import type { ShownExplanation, ShownExplanations, Sprite } from "./types.js"

/** Heatmaps of one anomaly. */
export function Heatmaps({ explanation, sprite }: { explanation: ShownExplanation; sprite: Sprite }) {
  return (
    <>
      {explanation.attributions?.map(({ kind, map }) => (
        <figure key={kind}>
          <Picture sprite={sprite} cell={map} alt={heatAlt(explanation, kind)} />
          <figcaption>
            Heatmap
            <span class="muted">{heatName(kind)}</span>
          </figcaption>
        </figure>
      ))}
    </>
  )
}

/** The one color scale of all heatmaps, and what its full strength is for each kind. */
export function HeatScale({ heats }: { heats: NonNullable<ShownExplanations["heats"]> }) {
  return (
    <div class="heat-scale">
      <div class="scale">
        <span>0</span>
        <span class="ramp" style={`background:${heatRamp}`} aria-hidden="true" />
        <span>full strength</span>
      </div>
      <dl>
        {heats.map(({ kind, scale }) => (
          <div class="kind" key={kind}>
            <dt>{heatName(kind)}</dt>
            <dd>
              full strength = {short(scale)} and above in all images
              {heatKinds[kind] && `; ${heatKinds[kind].meaning}`}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
