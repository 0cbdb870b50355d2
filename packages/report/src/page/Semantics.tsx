import type { SemanticsRow } from "@ifnormal/core"
import { count, percent } from "./format.js"
import { Missing, Section } from "./Section.js"
import type { PageData } from "./types.js"

const columns: [keyof SemanticsRow & string, string][] = [
  ["cyan", "Cyan"],
  ["one", "A one"],
  ["cyanOrOne", "Cyan or a one"],
  ["digitKept", "Digit kept"],
  ["colorKept", "Color kept"],
]

/** What a judge sees that took no part in training. */
export function Semantics({ data }: { data: PageData }) {
  const semantics = data.metrics?.semantics
  return (
    <Section
      id="semantics"
      title="What an independent judge sees"
      lead="The detector's score alone can be fooled. This judge never took part in training; it looks at the image, not at the score."
    >
      {semantics ? (
        <>
          <table class="cards heat">
            <thead>
              <tr>
                <th scope="col">Images</th>
                {columns.map(([key, name]) => (
                  <th scope="col" class="num" key={key}>
                    {name}
                  </th>
                ))}
                <th scope="col" class="num">
                  n
                </th>
              </tr>
            </thead>
            <tbody>
              {semantics.rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  {columns.map(([key, name]) => (
                    <td
                      class="num"
                      key={key}
                      data-label={name}
                      style={`--share:${(100 * (row[key] as number)).toFixed(1)}%`}
                    >
                      {percent(row[key] as number)}
                    </td>
                  ))}
                  <td class="num" data-label="n">
                    {count(row.n)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="note">
            Judge: {semantics.judge.replace(/\.?$/, ".")} The first rows are controls: raw anomalies should
            score near 0 in “cyan or a one”, normal images near 100.
          </p>
        </>
      ) : (
        <Missing
          what="No judge has looked at this run, or the data set has none."
          command={`npx ifnormal evaluate ${data.folder}`}
        />
      )}
    </Section>
  )
}
