import type { MetricRow } from "@ifnormal/core"
import { count, metricValue } from "./format.js"
import { Missing, Section } from "./Section.js"
import type { PageData } from "./types.js"

/** All metrics with their number of images, interval, bar and the paper's number. */
export function Metrics({ data }: { data: PageData }) {
  const rows = data.metrics?.metrics ?? []
  const own = data.explanations?.generators !== undefined
  // A detector of the user's own has neither the paper's numbers nor bars of this project: no columns without a value.
  const has = { bar: !own || rows.some(({ bar }) => bar), paper: !own || rows.some(({ paper }) => paper) }
  return (
    <Section
      id="metrics"
      title="Metrics"
      lead={
        own
          ? "Measured on the explained images. Intervals, where given, are 95 % over the draw of images."
          : "Measured on the test set, which training never reads. Intervals, where given, are 95 % over the draw of test images."
      }
    >
      {data.metrics ? (
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" class="num">
                Value
              </th>
              <th scope="col" class="num">
                Interval
              </th>
              <th scope="col" class="num">
                n
              </th>
              {has.bar && <th scope="col">Bar</th>}
              {has.paper && (
                <th scope="col" class="num">
                  Paper
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.name} row={row} has={has} />
            ))}
          </tbody>
        </table>
      ) : (
        <Missing what="Nothing measured yet." command={`npx ifnormal evaluate ${data.folder}`} />
      )}
    </Section>
  )
}

function Row({ row, has }: { row: MetricRow; has: { bar: boolean; paper: boolean } }) {
  const { name, value, unit, interval, bar, paper, recipe, skipped } = row
  return (
    <tr>
      <th scope="row">
        {name}
        {(recipe ?? skipped) && <span class="muted block">{skipped ? `skipped: ${skipped}` : recipe}</span>}
      </th>
      <td class="num" data-label="Value">
        <b>{skipped ? "\u2013" : metricValue(value, unit)}</b>
        {idealText(row) && <span class="muted block">ideal {idealText(row)}</span>}
      </td>
      <td class="num" data-label="Interval">
        {interval ? `${metricValue(interval[0], unit)} to ${metricValue(interval[1], unit)}` : "\u2013"}
      </td>
      <td class="num" data-label="n">
        {skipped ? "\u2013" : count(row.n)}
      </td>
      {has.bar && (
        <td data-label="Bar">
          {bar ? (
            <>
              <span class={bar.met ? "badge met" : "badge not-met"}>{bar.met ? "✓ met" : "✗ not met"}</span>
              <span class="muted block">{bar.text}</span>
            </>
          ) : (
            "\u2013"
          )}
        </td>
      )}
      {has.paper && (
        <td class="num" data-label="Paper">
          {paper ? (
            <>
              {metricValue(paper.value, unit)}
              {paper.spread !== undefined && ` ± ${metricValue(paper.spread, unit)}`}
              <span class="muted block">{paper.source}</span>
            </>
          ) : (
            "\u2013"
          )}
        </td>
      )}
    </tr>
  )
}

function idealText({ ideal, unit }: MetricRow): string | undefined {
  if (ideal === undefined) return undefined
  return typeof ideal === "number"
    ? metricValue(ideal, unit)
    : `${metricValue(ideal[0], unit)} to ${metricValue(ideal[1], unit)}`
}
