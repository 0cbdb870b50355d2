import { score } from "./format.js"
import { counterfactualAlt, originalAlt, Picture, Stamp } from "./Picture.js"
import { Missing, Section } from "./Section.js"
import { initialSelection } from "./select.js"
import type { PageData, ShownCounterfactual, ShownExplanation, Sprite } from "./types.js"

/** One image led from anomalous to normal: target score alpha from 1 to 0, one row per concept. */
export function FilmStrip(props: { data: PageData; selected: number; onSelect: (index: number) => void }) {
  const { explanations, folder } = props.data
  const anomalies = explanations?.anomalies ?? []
  const index = anomalies[props.selected]?.strip ? props.selected : initialSelection(anomalies)
  const explanation = anomalies[index]
  return (
    <Section
      id="strip"
      title="From anomalous to normal"
      lead="The target score α is lowered step by step from 1 to 0. Under each image: the score φ that the detector gives it. Where φ follows α, the generator does what it is asked."
    >
      {explanations && explanation?.strip ? (
        <>
          <fieldset class="thumbs" aria-label="Anomalies with a film strip">
            {anomalies.map(
              (candidate, i) =>
                candidate.strip && (
                  <button
                    key={candidate.id}
                    type="button"
                    aria-pressed={i === index}
                    onClick={() => props.onSelect(i)}
                  >
                    <Picture
                      sprite={explanations.sprite}
                      cell={candidate.image}
                      alt={originalAlt(candidate)}
                    />
                  </button>
                ),
            )}
          </fieldset>
          {byConcept(explanation.strip).map((frames, k) => (
            <Strip key={k} concept={k} {...{ frames, explanation }} sprite={explanations.sprite} />
          ))}
        </>
      ) : (
        <Missing what="No film strips yet." command={`npx ifnormal evaluate ${folder}`} />
      )}
    </Section>
  )
}

function byConcept(frames: readonly ShownCounterfactual[]): ShownCounterfactual[][] {
  const concepts: ShownCounterfactual[][] = []
  for (const frame of frames) (concepts[frame.concept] ??= []).push(frame)
  for (const list of concepts) list?.sort((a, b) => b.alpha - a.alpha)
  return concepts.filter((list) => list !== undefined)
}

function Strip(props: {
  frames: ShownCounterfactual[]
  explanation: ShownExplanation
  sprite: Sprite
  concept: number
}) {
  return (
    <figure class="strip">
      <figcaption>
        <b>Concept {props.frames[0]!.concept + 1}</b> of {props.explanation.label}
      </figcaption>
      <ol style={`--frames:${props.frames.length}`}>
        {props.frames.map((frame) => (
          <li key={frame.alpha}>
            <span class="alpha">
              <span class="symbol">α </span>
              {short(frame.alpha)}
            </span>
            <Picture
              sprite={props.sprite}
              cell={frame.image}
              alt={`${counterfactualAlt(props.explanation, frame)}, target ${short(frame.alpha)}`}
            />
            <span class="phi">
              <span class="symbol">φ </span>
              {score(frame.score)}
            </span>
            {frame.status === "target-missed" && <Stamp status={frame.status} />}
          </li>
        ))}
      </ol>
    </figure>
  )
}

const short = (alpha: number) => String(Number(alpha.toFixed(2)))
