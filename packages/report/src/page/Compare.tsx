import { count, duration, percent } from "./format.js"
import { Section } from "./Section.js"
import type { PageData } from "./types.js"

/** Generators that need no training, side by side: counts of the best counterfactual of each image. */
export function Compare({ data }: { data: PageData }) {
  const { compared, maskMargin } = data.explanations ?? {}
  if (!compared) return null
  const masks = compared.some(({ inside }) => inside)
  return (
    <Section
      id="compare"
      title="How the generators compare"
      lead="Of each image and generator the best counterfactual counts: valid before fragile before the rest, then the smallest change."
    >
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Generator</th>
            {["Images", "Valid", "Fragile", "Missed", "Too far or alike"].map((name) => (
              <th scope="col" class="num" key={name}>
                {name}
              </th>
            ))}
            {masks && (
              <th scope="col" class="num">
                Change in mask
              </th>
            )}
            <th scope="col" class="num">
              Per image
            </th>
          </tr>
        </thead>
        <tbody>
          {compared.map(({ generator, n, counts, inside, seconds }) => (
            <tr key={generator}>
              <th scope="row">{generator}</th>
              <td class="num" data-label="Images">
                {count(n)}
              </td>
              <td class="num" data-label="Valid">
                <b>{count(counts.valid)}</b>
              </td>
              <td class="num" data-label="Fragile">
                {count(counts.fragile)}
              </td>
              <td class="num" data-label="Missed">
                {count(counts["target-missed"])}
              </td>
              <td class="num" data-label="Too far or alike">
                {count(counts["too-far"] + counts["not-distinct"])}
              </td>
              {masks && (
                <td class="num" data-label="Change in mask">
                  {inside ? percent(inside.share) : "\u2013"}
                </td>
              )}
              <td class="num" data-label="Per image">
                {seconds === undefined ? "\u2013" : duration(seconds)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {maskMargin !== undefined && (
        <p class="note">
          Change in mask: share of the squared differences inside the given mask, widened by {maskMargin}{" "}
          pixels; mean over images.
        </p>
      )}
    </Section>
  )
}
