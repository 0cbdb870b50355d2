import type { MetricRow } from "@ifnormal/core"
import { count, metricValue, percent } from "./format.js"
import { grouped } from "./metric-groups.js"
import { Missing, Section } from "./Section.js"
import type { PageData } from "./types.js"

/** All metrics by what they are about, with number of images, interval, bar and the paper's number. */
export function Metrics({ data }: { data: PageData }) {
  const rows = data.metrics?.metrics ?? []
  const own = data.explanations?.generators !== undefined
  // A detector of the user's own has neither the paper's numbers nor bars of this project: no columns without a value.
  const has = { bar: !own || rows.some(({ bar }) => bar), paper: !own || rows.some(({ paper }) => paper) }
  const groups = grouped(rows)
  const where = own ? "the explained images" : "the test set, which training never reads"
  return (
    <Section
      id="metrics"
      title="Metrics"
      lead={`Measured on ${where}. Intervals are 95 % over the draw of images, where a metric does not say otherwise; behind a metric's name is how it was computed.`}
    >
      {data.metrics ? (
        <table class="cards metrics">
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
          {groups.map((group) => (
            <tbody key={group.title}>
              {groups.length > 1 && (
                <tr class="group">
                  <th scope="rowgroup" colSpan={4 + Number(has.bar) + Number(has.paper)}>
                    {group.title}
                  </th>
                </tr>
              )}
              {group.rows.map((row) => (
                <Row key={row.name} row={row} has={has} />
              ))}
            </tbody>
          ))}
        </table>
      ) : (
        <Missing what="Nothing measured yet." command={`npx ifnormal evaluate ${data.folder}`} />
      )}
    </Section>
  )
}

function Row({ row, has }: { row: MetricRow; has: { bar: boolean; paper: boolean } }) {
  const { value, unit, interval, bar, paper, skipped } = row
  return (
    <tr>
      <th scope="row">
        <Name row={row} />
        {skipped && <span class="muted block">skipped: {skipped}</span>}
      </th>
      <td class="num" data-label="Value">
        <b>{skipped ? "\u2013" : metricValue(value, unit)}</b>
        {!skipped && idealText(row) && <span class="muted block">ideal {idealText(row)}</span>}
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

/** The metric's name; behind it, how it was computed. */
function Name({ row }: { row: MetricRow }) {
  const lines = howComputed(row)
  if (lines.length === 0) return <>{row.name}</>
  return (
    <details class="how">
      <summary>{row.name}</summary>
      {lines.map((line) => (
        <span class="muted block" key={line}>
          {line}
        </span>
      ))}
    </details>
  )
}

/** Recipe, images by kind, and how the interval was drawn, a line each. */
function howComputed({ recipe, counts, draws, seed, level, threshold, interval }: MetricRow): string[] {
  const kinds = Object.entries(counts ?? {}).map(([kind, n]) => `${kind} ${count(n)}`)
  const drawn = [
    level !== undefined && interval && `${percent(level, 0)} interval`,
    draws !== undefined && `${count(draws)} draws`,
    seed !== undefined && `seed ${seed}`,
  ].filter(Boolean)
  return [
    recipe,
    kinds.length > 0 && `Images: ${kinds.join(", ")}`,
    threshold !== undefined && `Threshold: raw score ${Number(threshold.toPrecision(5))}`,
    drawn.length > 0 && drawn.join(", "),
  ].filter((line): line is string => Boolean(line))
}

function idealText({ ideal, unit }: MetricRow): string | undefined {
  if (ideal === undefined) return undefined
  return typeof ideal === "number"
    ? metricValue(ideal, unit)
    : `${metricValue(ideal[0], unit)} to ${metricValue(ideal[1], unit)}`
}
