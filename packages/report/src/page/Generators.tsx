import { count, duration, percent } from "./format.js"
import { Section } from "./Section.js"
import type { PageData, Reached } from "./types.js"

/** What each generator reached, by its best counterfactual of each image. */
export function Generators({ data }: { data: PageData }) {
  const { reached = [], maskMargin } = data.explanations ?? {}
  const inside = reached.some((row) => row.inside !== undefined)
  const seconds = reached.some((row) => row.seconds !== undefined)
  const columns: [name: string, show: (row: Reached) => string][] = [
    ["n", ({ n }) => count(n)],
    ["Valid", ({ stamps }) => count(stamps.valid)],
    ["Fragile", ({ stamps }) => count(stamps.fragile)],
    ["Too far", ({ stamps }) => count(stamps["too-far"])],
    ["Not distinct", ({ stamps }) => count(stamps["not-distinct"])],
    ["Target missed", ({ stamps }) => count(stamps["target-missed"])],
    ...(inside
      ? ([["Inside mask", (row) => (row.inside === undefined ? "\u2013" : percent(row.inside))]] as [
          string,
          (row: Reached) => string,
        ][])
      : []),
    ...(seconds
      ? ([["Seconds", (row) => (row.seconds === undefined ? "\u2013" : duration(row.seconds))]] as [
          string,
          (row: Reached) => string,
        ][])
      : []),
  ]
  return (
    <Section
      id="generators"
      title="What each generator reached"
      lead="Counted is the best counterfactual of each image: by its stamp, then by its distance to the anomaly."
    >
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Generator</th>
            {columns.map(([name]) => (
              <th scope="col" class="num" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {reached.map((row) => (
            <tr key={row.generator}>
              <th scope="row">{row.generator}</th>
              {columns.map(([name, show]) => (
                <td class="num" data-label={name} key={name}>
                  {show(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        {inside &&
          `Inside mask: median share of the changed energy (squared differences) inside the mask of the defect${
            maskMargin ? `, widened by ${maskMargin} pixels` : ""
          }. `}
        {seconds && "Seconds: median for an image. "}
        What the stamps mean stands under <a href="#limits">limits</a>.
      </p>
    </Section>
  )
}
