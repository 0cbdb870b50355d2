import { useState } from "preact/hooks"
import { byGenerator } from "./best.js"
import { type ChangeChannel, changeMap, changeThreshold } from "./change.js"
import { score } from "./format.js"
import { Heatmaps, HeatRamp } from "./Heatmaps.js"
import { Made } from "./Made.js"
import { originalAlt, Picture } from "./Picture.js"
import { pngUri, usePixels } from "./pixels.js"
import { Missing, Section } from "./Section.js"
import { initialSelection } from "./select.js"
import type { ChangeView, PageData, ShownCounterfactual, ShownExplanations } from "./types.js"

/** Original, counterfactual and the signed difference of the selected anomaly. */
export function ChangeMap(props: { data: PageData; selected: number; onSelect: (index: number) => void }) {
  const { explanations, folder } = props.data
  return (
    <Section
      id="change"
      title={explanations?.generators ? "One anomaly in detail" : "What changed"}
      lead={`${
        explanations?.generators
          ? "Every counterfactual of the selected anomaly with its stamp. Change is the counterfactual"
          : "The counterfactual"
      } minus the anomaly, pixel by pixel: blue became darker, red became brighter, white stayed. One fixed scale for all images.`}
    >
      {explanations && explanations.anomalies.length > 0 ? (
        <Detail {...props} shown={explanations} />
      ) : (
        <Missing what="No anomalies explained yet." command={`npx ifnormal evaluate ${folder}`} />
      )}
    </Section>
  )
}

function Detail(props: { shown: ShownExplanations; selected: number; onSelect: (index: number) => void }) {
  const { anomalies, sprite, firstChange, generators, heats } = props.shown
  const [channel, setChannel] = useState<ChangeChannel>("luminance")
  const pixels = usePixels(sprite)
  const explanation = anomalies[props.selected]!
  const [height, width, channels] = sprite.shape
  const first = props.selected === initialSelection(anomalies) && channel === "luminance"

  const changeOf = (k: number): ChangeView | undefined => {
    if (first) return firstChange[k]
    if (!pixels) return undefined
    const { rgba, changed } = changeMap(
      pixels(explanation.image),
      pixels(explanation.counterfactuals[k]!.image),
      channel,
    )
    return { uri: pngUri(rgba, width, height), changed }
  }
  const pairs = (list: readonly ShownCounterfactual[]) =>
    list.map((made) => (
      <Made
        key={`${made.generator} ${made.concept}`}
        {...{ sprite, explanation, made }}
        change={changeOf(explanation.counterfactuals.indexOf(made))}
      />
    ))
  const options: [ChangeChannel, string][] = [
    ["luminance", "Luminance"],
    ...(channels >= 3 ? (["Red", "Green", "Blue"].map((name, i) => [i, name]) as [number, string][]) : []),
  ]
  return (
    <div class="detail">
      <div class="controls">
        <div class="stepper">
          <button
            type="button"
            aria-label="Previous anomaly"
            disabled={props.selected === 0}
            onClick={() => props.onSelect(props.selected - 1)}
          >
            ←
          </button>
          <span aria-live="polite" id="selected-label">
            <b>{explanation.label}</b>{" "}
            <span class="muted">
              {props.selected + 1} of {anomalies.length}
            </span>
          </span>
          <button
            type="button"
            aria-label="Next anomaly"
            disabled={props.selected === anomalies.length - 1}
            onClick={() => props.onSelect(props.selected + 1)}
          >
            →
          </button>
        </div>
        {options.length > 1 && (
          <fieldset class="segments" aria-label="Difference of">
            {options.map(([value, name]) => (
              <button
                key={name}
                type="button"
                aria-pressed={channel === value}
                onClick={() => setChannel(value)}
              >
                {name}
              </button>
            ))}
          </fieldset>
        )}
      </div>
      <div class="changes">
        <figure class="original">
          <Picture
            sprite={sprite}
            cell={explanation.image}
            alt={originalAlt(explanation)}
            outline={explanation.outline}
          />
          <figcaption>
            Anomaly
            <span class="muted">score {score(explanation.score)}</span>
            {explanation.outline && <span class="muted">outlined: the mask of its defect</span>}
          </figcaption>
        </figure>
        <Heatmaps explanation={explanation} sprite={sprite} />
        {!generators && pairs(explanation.counterfactuals)}
      </div>
      {heats && <HeatRamp />}
      {generators &&
        byGenerator(explanation.counterfactuals, generators).map(({ generator, made }) => (
          <div class="generated" key={generator}>
            <h3>{generator}</h3>
            <div class="changes">{pairs(made)}</div>
          </div>
        ))}
      <div class="scale">
        <span>−1 darker</span>
        <span class="ramp" aria-hidden="true" />
        <span>+1 brighter</span>
      </div>
      <p class="note">
        A pixel counts as changed where the shown difference exceeds {changeThreshold} of the full range; mean
        is the mean absolute difference over all pixels and channels.
      </p>
    </div>
  )
}
