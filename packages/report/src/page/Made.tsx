import { nameOf } from "./best.js"
import { duration, percent, score, stamps } from "./format.js"
import { counterfactualAlt, Picture } from "./Picture.js"
import type { ChangeView, ShownCounterfactual, ShownExplanation, Sprite } from "./types.js"

/** One counterfactual beside its change map, with what is known about it. */
export function Made(props: {
  sprite: Sprite
  explanation: ShownExplanation
  made: ShownCounterfactual
  /** undefined until it is computed. */
  change?: ChangeView
}) {
  const { sprite, explanation, made, change } = props
  const name = nameOf(made, explanation.counterfactuals)
  return (
    <div class="pair">
      <figure>
        <Picture
          sprite={sprite}
          cell={made.image}
          alt={counterfactualAlt(explanation, made)}
          status={made.status}
        />
        <figcaption>
          {name[0]!.toUpperCase() + name.slice(1)}
          <span class="muted">
            score {score(made.score)}, {stamps[made.status].long}
          </span>
          {made.seconds !== undefined && <span class="muted">{duration(made.seconds)}</span>}
        </figcaption>
      </figure>
      <figure>
        <span class="frame">
          {change ? (
            <img
              class="map"
              src={change.uri}
              alt={`signed change of ${explanation.label}, ${name}: ${percent(change.changed, 0)} of pixels changed`}
            />
          ) : (
            <span class="map" />
          )}
        </span>
        <figcaption>
          Change
          <span class="muted">
            {change ? percent(change.changed, 0) : "\u2013"} of pixels, mean {made.distance.toFixed(3)}
          </span>
          {made.insideMask !== undefined && (
            <span class="muted">{percent(made.insideMask, 0)} inside the mask</span>
          )}
        </figcaption>
      </figure>
      {made.note && <p class="made-note">{made.note}</p>}
    </div>
  )
}
