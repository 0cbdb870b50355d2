import { useRef } from "preact/hooks"
import { count, madeKey, madeName, score } from "./format.js"
import { counterfactualAlt, originalAlt, Picture, Stamp } from "./Picture.js"
import { Missing, Section } from "./Section.js"
import type { PageData, ShownExplanation, ShownExplanations } from "./types.js"

/** The paper's layout: anomalies on top, one row per concept under them. Selects the anomaly of the views below. */
export function Gallery(props: { data: PageData; selected: number; onSelect: (index: number) => void }) {
  const { explanations, folder } = props.data
  return (
    <Section
      id="gallery"
      title="Counterfactuals"
      lead="Top: the anomaly. Below it: the same image changed until the detector should call it normal, once per concept or generator. The score stands under each image. Select an anomaly to see it in detail; the arrow keys move."
    >
      {explanations && explanations.anomalies.length > 0 ? (
        <>
          <Columns {...props} shown={explanations} />
          <p class="note">
            {count(explanations.anomalies.length)} of {count(explanations.total.anomalies)} explained
            anomalies. A dashed frame marks a counterfactual that failed a check and names the check (see{" "}
            <a href="#limits">limits</a>).
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
  const { anomalies, sprite } = props.shown
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
          aria-label={columnLabel(explanation)}
          tabIndex={i === props.selected ? 0 : -1}
          onClick={() => props.onSelect(i)}
        >
          <span class="cell" data-row="anomaly">
            <Picture sprite={sprite} cell={explanation.image} alt={originalAlt(explanation)} />
            <span class="phi">{score(explanation.score)}</span>
          </span>
          {explanation.counterfactuals.map((made) => (
            <span class="cell" key={madeKey(made)} data-row={madeName(made)}>
              <Picture
                sprite={sprite}
                cell={made.image}
                alt={counterfactualAlt(explanation, made)}
                status={made.status}
              />
              <span class="phi">{score(made.score)}</span>
              <Stamp status={made.status} />
            </span>
          ))}
        </button>
      ))}
    </div>
  )
}

const columnLabel = (explanation: ShownExplanation) =>
  [
    originalAlt(explanation),
    ...explanation.counterfactuals.map((made) => counterfactualAlt(explanation, made)),
  ].join("; ")
