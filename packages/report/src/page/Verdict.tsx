import type { ComponentChildren } from "preact"
import { findings } from "./findings.js"
import { count, day, duration, percent } from "./format.js"
import type { PageData, Reached, ShownExplanations } from "./types.js"

/** Title, the one-sentence verdict, and its four numbers. */
export function Verdict({ data }: { data: PageData }) {
  const { run, explanations } = data
  const { detectorAuroc, valid, semantics } = findings(data)
  return (
    <div class="verdict">
      <p class="kicker">What would make these anomalies normal?</p>
      <h1>{run?.title ?? data.folder}</h1>
      <p class="sentence">
        {explanations ? (
          <>
            <b>{count(explanations.total.anomalies)}</b> anomalies explained
          </>
        ) : (
          "No anomalies explained yet"
        )}
        {run && <> (normal: {run.normal})</>}
        {detectorAuroc ? (
          <>
            : the detector ranks with an AuROC of <b>{percent(detectorAuroc.value)}</b>
          </>
        ) : (
          !explanations?.generators && ": the detector's AuROC is not measured yet"
        )}
        {explanations?.explained !== undefined && (
          <>
            {detectorAuroc ? ", " : ": "}
            for <b>{count(explanations.explained)}</b> of them at least one counterfactual is valid
          </>
        )}
        {valid && !explanations?.generators && (
          <>
            , <b>{percent(valid.share, 0)}</b> of the counterfactuals are valid
          </>
        )}
        {semantics && (
          <>
            , and an independent judge sees cyan or a one in <b>{percent(semantics.share, 0)}</b>
          </>
        )}
        {run ? (
          <>
            {" "}
            (engine {run.backend.name}
            {run.backend.threads !== undefined && `, ${run.backend.threads} threads`}, seed {run.seed},{" "}
            <time dateTime={run.date}>{day(run.date)}</time>).
          </>
        ) : (
          "."
        )}
      </p>
      {explanations?.generators ? <OwnTiles shown={explanations} /> : <RunTiles data={data} />}
    </div>
  )
}

function RunTiles({ data }: { data: PageData }) {
  const { explanations } = data
  const { detectorAuroc, counterfactualAuroc, valid, semantics } = findings(data)
  return (
    <div class="tiles">
      <Tile
        name="Detector AuROC"
        value={detectorAuroc && percent(detectorAuroc.value)}
        note={
          detectorAuroc?.interval
            ? `${percent(detectorAuroc.interval[0])} to ${percent(detectorAuroc.interval[1])}`
            : detectorAuroc && `n = ${count(detectorAuroc.n)}`
        }
      />
      <Tile
        name="Valid counterfactuals"
        value={valid && percent(valid.share, 0)}
        note={valid && `of ${count(valid.n)}: on target, close and distinct`}
      />
      {semantics || !data.metrics ? (
        <Tile
          name="Cyan or a one"
          value={semantics && percent(semantics.share, 0)}
          note={semantics && `independent judge, n = ${count(semantics.n)}`}
        />
      ) : (
        <Tile
          name="Explained"
          value={explanations && count(explanations.total.anomalies)}
          note="anomalies; no independent judge for this data"
        />
      )}
      <Tile
        name="AuROC, normal against CE"
        value={counterfactualAuroc && percent(counterfactualAuroc.value)}
        note={counterfactualAuroc && "50\u202f% = the detector cannot tell them apart"}
      />
    </div>
  )
}

/** The four numbers of a detector that the user brought. */
function OwnTiles({ shown }: { shown: ShownExplanations }) {
  const { total, explained = 0, stamps, reached = [] } = shown
  const made = Object.values(stamps).reduce((a, b) => a + b, 0)
  const fast = extreme(
    reached,
    ({ seconds }) => seconds,
    (a, b) => a < b,
  )
  const inside = extreme(
    reached,
    (row) => row.inside,
    (a, b) => a > b,
  )
  return (
    <div class="tiles">
      <Tile
        name="With a valid counterfactual"
        value={total.anomalies > 0 ? `${count(explained)}/${count(total.anomalies)}` : undefined}
        note="anomalies: on target, close, distinct and not fragile"
      />
      <Tile
        name="Fragile"
        value={made > 0 ? count(stamps.fragile) : undefined}
        note={made > 0 && `of ${count(made)} counterfactuals: look-alikes that a little noise undoes`}
      />
      <Tile
        name="Change inside the mask"
        value={inside && percent(inside.value, 0)}
        note={inside ? `median of the best, ${inside.generator}` : "this run has no masks of defects"}
      />
      <Tile
        name="Time for an image"
        value={fast && duration(fast.value)}
        note={fast ? `median of the quickest, ${fast.generator}` : "not recorded in this run"}
      />
    </div>
  )
}

/** The generator whose number comes first by `better`. */
function extreme(
  rows: readonly Reached[],
  of: (row: Reached) => number | undefined,
  better: (a: number, b: number) => boolean,
) {
  let best: { generator: string; value: number } | undefined
  for (const row of rows) {
    const value = of(row)
    if (value !== undefined && (!best || better(value, best.value)))
      best = { generator: row.generator, value }
  }
  return best
}

function Tile(props: { name: string; value?: string; note?: ComponentChildren }) {
  return (
    <div class="tile">
      <div class="tile-name">{props.name}</div>
      <div class="tile-value">{props.value ?? "\u2013"}</div>
      <div class="tile-note">{props.note ?? "not measured yet"}</div>
    </div>
  )
}
