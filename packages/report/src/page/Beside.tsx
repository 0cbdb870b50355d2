import { bestOf } from "../compare.js"
import { madeName, percent, score } from "./format.js"
import { heatRamp } from "./heat-color.js"
import { counterfactualAlt, originalAlt, Picture } from "./Picture.js"
import { Section } from "./Section.js"
import type { PageData, ShownExplanation, ShownExplanations } from "./types.js"

/** Counterfactuals beside heatmaps of the same image: the paper's figure 9. */
export function Beside({ data }: { data: PageData }) {
  const shown = data.explanations
  const rows = shown?.anomalies.filter(({ id }) => shown.heat[id]) ?? []
  if (!shown || rows.length === 0) return null
  const outlined = rows.some(({ id }) => shown.heat[id]!.outline)
  return (
    <Section
      id="heat"
      title="Where, and what instead"
      lead="A heatmap says where the score comes from; a counterfactual says what should be there instead. The best counterfactual of each generator, then the heatmaps. Each kind of heatmap has one scale for all images."
    >
      <div class="beside">
        {rows.map((explanation) => (
          <Row key={explanation.id} {...{ explanation, shown }} />
        ))}
      </div>
      {rows.some(({ id }) => shown.heat[id]!.maps.length > 0) && (
        <div class="scale">
          <span>adds nothing to the score</span>
          <span class="ramp" style={`background:${heatRamp}`} aria-hidden="true" />
          <span>adds most</span>
        </div>
      )}
      {outlined && (
        <p class="note">The line on the left picture is the mask that was given: where the defect is.</p>
      )}
    </Section>
  )
}

function Row({ explanation, shown }: { explanation: ShownExplanation; shown: ShownExplanations }) {
  const { outline, maps } = shown.heat[explanation.id]!
  const generators = shown.compared?.map(({ generator }) => generator)
  const made = generators
    ? generators.flatMap((generator) => bestOf(explanation, generator) ?? [])
    : explanation.counterfactuals
  return (
    <div class="beside-row">
      <figure>
        <span class="outlined">
          <Picture sprite={shown.sprite} cell={explanation.image} alt={originalAlt(explanation)} />
          {outline && <img class="outline" src={outline} alt="outline of the defect" />}
        </span>
        <figcaption>
          {explanation.label.split(/[\\/]/).at(-1)}
          <span class="muted">score {score(explanation.score)}</span>
        </figcaption>
      </figure>
      {made.map((one) => (
        <figure key={`${one.generator}${one.concept}`}>
          <Picture
            sprite={shown.sprite}
            cell={one.image}
            alt={counterfactualAlt(explanation, one)}
            status={one.status}
          />
          <figcaption>
            {madeName(one)}
            <span class="muted">
              score {score(one.score)}, {one.status.replaceAll("-", " ")}
              {one.insideMask !== undefined && `, ${percent(one.insideMask, 0)} in mask`}
            </span>
          </figcaption>
        </figure>
      ))}
      {maps.map(({ kind, uri }) => (
        <figure key={kind}>
          <span class="frame">
            <img class="map" src={uri} alt={`${kind} heatmap of ${explanation.label}`} />
          </span>
          <figcaption>
            {kind.replaceAll("-", " ")}
            <span class="muted">heatmap</span>
          </figcaption>
        </figure>
      ))}
    </div>
  )
}
