import { nameOf } from "./best.js"
import { count, score } from "./format.js"
import { counterfactualAlt, originalAlt, Picture, Stamp } from "./Picture.js"
import { Missing, Section } from "./Section.js"
import type { PageData } from "./types.js"

/** Normal images led the other way, towards target score 1. */
export function PseudoAnomalies({ data }: { data: PageData }) {
  const { explanations, folder } = data
  return (
    <Section
      id="pseudo"
      title="What would make this one anomalous?"
      lead="The other direction: normal images, changed until the detector should call them anomalous (target score 1). They show what the detector looks for."
    >
      {explanations && explanations.normals.length > 0 ? (
        <>
          <div class="gallery static">
            {explanations.normals.map((explanation) => (
              <div class="column" key={explanation.id}>
                <span class="cell" data-row="normal">
                  <Picture
                    sprite={explanations.sprite}
                    cell={explanation.image}
                    alt={originalAlt(explanation)}
                  />
                  <span class="phi">{score(explanation.score)}</span>
                </span>
                {explanation.counterfactuals.map((made) => (
                  <span
                    class="cell"
                    key={`${made.generator} ${made.concept}`}
                    data-row={nameOf(made, explanation.counterfactuals)}
                  >
                    <Picture
                      sprite={explanations.sprite}
                      cell={made.image}
                      alt={counterfactualAlt(explanation, made)}
                      status={made.status}
                    />
                    <span class="phi">{score(made.score)}</span>
                    <Stamp status={made.status} />
                  </span>
                ))}
              </div>
            ))}
          </div>
          <p class="note">
            {count(explanations.normals.length)} of {count(explanations.total.normals)} normal images.
          </p>
        </>
      ) : (
        <Missing what="No normal images explained yet." command={`npx ifnormal evaluate ${folder}`} />
      )}
    </Section>
  )
}
