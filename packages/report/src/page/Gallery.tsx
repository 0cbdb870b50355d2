import { useRef } from "preact/hooks"
import { bestOf, byGenerator, nameOf } from "./best.js"
import { count, score } from "./format.js"
import { HeatLegend } from "./Heatmaps.js"
import { heatName } from "./heat.js"
import { counterfactualAlt, heatAlt, originalAlt, Picture, Stamp } from "./Picture.js"
import { Missing, Section } from "./Section.js"
import type { PageData, ShownCounterfactual, ShownExplanation, ShownExplanations } from "./types.js"

const conceptLead =
  "Top: the anomaly. Below it: the same image changed until the detector should call it normal, once per concept. The score stands under each image. Select an anomaly to see it in detail; the arrow keys move."

/** How to read the gallery of a detector that the user brought. */
function ownLead({ anomalies, heats }: ShownExplanations): string {
  const outlined = anomalies.some(({ outline }) => outline !== undefined)
  return [
    `Top: the anomaly${outlined ? ", its defect outlined" : ""}.`,
    heats && "Then heatmaps: where its score comes from.",
    "Below: what would make it normal, the best counterfactual of each generator. The score stands under each image. Select an anomaly to see it in detail; the arrow keys move.",
  ]
    .filter(Boolean)
    .join(" ")
}

/**
 * The paper's layout (figure 9): anomalies on top, their heatmaps, then one row per concept, or per generator the best
 * counterfactual. Selects the anomaly of the views below. */
export function Gallery(props: { data: PageData; selected: number; onSelect: (index: number) => void }) {
  const { explanations, folder } = props.data
  return (
    <Section
      id="gallery"
      title="Counterfactuals"
      lead={explanations?.generators ? ownLead(explanations) : conceptLead}
    >
      {explanations && explanations.anomalies.length > 0 ? (
        <>
          <Columns {...props} shown={explanations} />
          {explanations.heats && <HeatLegend heats={explanations.heats} />}
          <p class="note">
            {count(explanations.anomalies.length)} of {count(explanations.total.anomalies)} explained
            anomalies. A dashed frame marks a counterfactual that failed a check and names the check (see{" "}
            <a href="#limits">limits</a>).
            {explanations.shrunk && ` Pictures are shown at 1/${explanations.shrunk} of their size.`}
          </p>
        </>
      ) : (
        <Missing what="No anomalies explained yet." command={`npx ifnormal evaluate ${folder}`} />
      )}
    </Section>
  )
}

function Columns(props: { shown: ShownExplanations; selected: number; onSelect: (index: number) => void }) {
  const grid = useRef<HTMLDivElement>(null)
  const { anomalies, sprite, generators } = props.shown
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...grid.current!.querySelectorAll<HTMLElement>("button")]
    const top = buttons[0]!.offsetTop
    const perLine = Math.max(1, buttons.filter((button) => button.offsetTop === top).length)
    const moves: Record<string, number> = {
      ArrowLeft: props.selected - 1,
      ArrowRight: props.selected + 1,
      ArrowUp: props.selected - perLine,
      ArrowDown: props.selected + perLine,
      Home: 0,
      End: anomalies.length - 1,
    }
    const target = moves[event.key]
    if (target === undefined) return
    event.preventDefault()
    if (!buttons[target]) return
    props.onSelect(target)
    buttons[target].focus()
  }
  return (
    <div class="gallery" ref={grid} role="toolbar" aria-label="Explained anomalies" onKeyDown={onKeyDown}>
      {anomalies.map((explanation, i) => (
        <button
          key={explanation.id}
          type="button"
          class="column"
          aria-pressed={i === props.selected}
          aria-label={columnLabel(explanation, generators)}
          tabIndex={i === props.selected ? 0 : -1}
          onClick={() => props.onSelect(i)}
        >
          <span class="cell" data-row="anomaly">
            <Picture
              sprite={sprite}
              cell={explanation.image}
              alt={originalAlt(explanation)}
              outline={explanation.outline}
            />
            <span class="phi">{score(explanation.score)}</span>
          </span>
          {explanation.attributions?.map(({ kind, map }) => (
            <span class="cell" key={kind} data-row={heatName(kind)}>
              <Picture sprite={sprite} cell={map} alt={heatAlt(explanation, kind)} />
            </span>
          ))}
          {rowsOf(explanation, generators).map(({ name, made }) => (
            <span class="cell" key={name} data-row={name}>
              {made ? (
                <>
                  <Picture
                    sprite={sprite}
                    cell={made.image}
                    alt={counterfactualAlt(explanation, made)}
                    status={made.status}
                  />
                  <span class="phi">{score(made.score)}</span>
                  <Stamp status={made.status} />
                </>
              ) : (
                <span class="none">none</span>
              )}
            </span>
          ))}
        </button>
      ))}
    </div>
  )
}

/** Every concept; or every generator with its best counterfactual, so that rows stand at one height in all columns. */
function rowsOf(
  { counterfactuals }: ShownExplanation,
  generators?: readonly string[],
): { name: string; made?: ShownCounterfactual }[] {
  if (!generators) return counterfactuals.map((made) => ({ name: nameOf(made, counterfactuals), made }))
  const groups = byGenerator(counterfactuals, generators)
  return generators.map((name) => ({
    name,
    made: bestOf(groups.find(({ generator }) => generator === name)?.made ?? []),
  }))
}

const columnLabel = (explanation: ShownExplanation, generators?: readonly string[]) =>
  [
    originalAlt(explanation),
    ...rowsOf(explanation, generators).flatMap(({ made }) =>
      made ? [counterfactualAlt(explanation, made)] : [],
    ),
  ].join("; ")
