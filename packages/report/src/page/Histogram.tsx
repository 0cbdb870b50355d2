import { useState } from "preact/hooks"
import { count } from "./format.js"
import { Missing, Section } from "./Section.js"
import type { PageData, ScoreHistogram } from "./types.js"

const scales = { "square root": Math.sqrt, log: (n: number) => Math.log10(1 + n), linear: (n: number) => n }
type Scale = keyof typeof scales

interface Group {
  readonly key: string
  readonly name: string
  readonly counts: readonly number[]
}

const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)

/** Scores of normal images, anomalies and counterfactuals over [0, 1]. */
export function Histogram({ data }: { data: PageData }) {
  const [scale, setScale] = useState<Scale>("square root")
  const [hidden, setHidden] = useState<readonly string[]>([])
  return (
    <Section
      id="scores"
      title="Scores"
      lead={`How anomalous the detector finds each group, from 0 (normal) to 1 (anomalous). Counterfactuals that succeed lie ${
        data.histogram && total(data.histogram.normal) === 0
          ? "near 0; this run has no scores of normal images to compare with."
          : "where the normal images lie."
      }`}
    >
      {data.histogram ? (
        <>
          <Chart groups={groupsOf(data.histogram)} hidden={hidden} scale={scale} bins={data.histogram.bins} />
          <div class="controls">
            <fieldset class="legend" aria-label="Groups shown">
              {groupsOf(data.histogram).map(({ key, name, counts }) => (
                <button
                  key={key}
                  type="button"
                  class="chip"
                  aria-pressed={!hidden.includes(key)}
                  onClick={() =>
                    setHidden(hidden.includes(key) ? hidden.filter((k) => k !== key) : [...hidden, key])
                  }
                >
                  <svg class={`swatch ${key}`} viewBox="0 0 22 10" aria-hidden="true">
                    <path class="area" d="M0 5H22V10H0Z" />
                    <path class="line" d="M0 5H22" />
                  </svg>
                  {name} <span class="muted">n = {count(total(counts))}</span>
                </button>
              ))}
            </fieldset>
            <fieldset class="segments" aria-label="Scale of the counts">
              {(Object.keys(scales) as Scale[]).map((name) => (
                <button key={name} type="button" aria-pressed={scale === name} onClick={() => setScale(name)}>
                  {name}
                </button>
              ))}
            </fieldset>
          </div>
        </>
      ) : (
        <Missing what="No scores yet." command={`npx ifnormal evaluate ${data.folder}`} />
      )}
    </Section>
  )
}

/** Groups without an image are left out. */
const groupsOf = (histogram: ScoreHistogram): Group[] =>
  [
    { key: "normal", name: "Normal", counts: histogram.normal },
    { key: "anomaly", name: "Anomaly", counts: histogram.anomaly },
    ...histogram.counterfactual.map((counts, k) => ({
      key: `concept${(k % 8) + 1}`,
      name: `Counterfactual, ${histogram.names?.[k] ?? `concept ${k + 1}`}`,
      counts,
    })),
  ].filter(({ counts }) => total(counts) > 0)

function Chart(props: { groups: Group[]; hidden: readonly string[]; scale: Scale; bins: number }) {
  const groups = props.groups.filter(({ key }) => !props.hidden.includes(key))
  const height = scales[props.scale]
  const highest = Math.max(1, ...props.groups.flatMap(({ counts }) => counts))
  const y = (n: number) => 100 - (100 * height(n)) / height(highest)
  const summary = groups
    .map(({ name, counts }) => {
      const low = counts.slice(0, Math.floor(counts.length / 2))
      return `${name}: ${Math.round((100 * total(low)) / Math.max(1, total(counts)))} % below 0.5`
    })
    .join("; ")
  return (
    <div class="chart">
      <div class="y-axis" aria-hidden="true">
        {ticks(highest, props.scale).map((n) => (
          <span key={n} style={`top:${y(n)}%`}>
            {count(n)}
          </span>
        ))}
      </div>
      <svg
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Histogram of scores. ${summary}`}
      >
        {ticks(highest, props.scale).map((n) => (
          <path key={n} class="grid" d={`M0 ${y(n)}H100`} />
        ))}
        {groups.map(({ key, counts }) => {
          const steps = counts
            .map((n, i) => `L${(100 * i) / props.bins} ${y(n)}H${(100 * (i + 1)) / props.bins}`)
            .join("")
          return (
            <g key={key} class={key}>
              <path class="area" d={`M0 100${steps}V100Z`} />
              <path class="line" d={`M0 100${steps}V100`} />
            </g>
          )
        })}
      </svg>
      <div class="x-axis" aria-hidden="true">
        {["0", "0.25", "0.5", "0.75", "1"].map((tick) => (
          <span key={tick}>{tick}</span>
        ))}
      </div>
      <div class="axis-names" aria-hidden="true">
        <span>normal</span>
        <span>score</span>
        <span>anomalous</span>
      </div>
    </div>
  )
}

/** Round counts that lie well apart on the scale. */
function ticks(highest: number, scale: Scale): number[] {
  const power = 10 ** Math.floor(Math.log10(highest))
  const top = Math.floor(highest / power) * power
  if (scale === "log") {
    const decades = [0]
    for (let n = 10; n <= highest; n *= 10) decades.push(n)
    return decades
  }
  return scale === "linear"
    ? [0, top / 2, top].filter(Number.isInteger)
    : [0, top / 10, top / 2, top].filter(Number.isInteger)
}
