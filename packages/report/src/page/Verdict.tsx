import type { ComponentChildren } from "preact"
import { findings } from "./findings.js"
import { count, day, percent } from "./format.js"
import type { PageData } from "./types.js"

/** Title, the one-sentence verdict, and its four numbers. */
export function Verdict({ data }: { data: PageData }) {
  const { run, explanations } = data
  const { detectorAuroc, counterfactualAuroc, valid, semantics } = findings(data)
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
        {run && <> (normal: {run.normal})</>}:{" "}
        {explanations?.compared ? (
          "the detector is yours, nothing was trained"
        ) : detectorAuroc ? (
          <>
            the detector ranks with an AuROC of <b>{percent(detectorAuroc.value)}</b>
          </>
        ) : (
          "the detector's AuROC is not measured yet"
        )}
        {valid && (
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
      <div class="tiles">
        {explanations?.compared?.map((one) => (
          <Tile
            key={one.generator}
            name={`Valid by ${one.generator}`}
            value={one.n > 0 ? percent(one.counts.valid / one.n, 0) : undefined}
            note={`of ${count(one.n)} images${one.counts.fragile > 0 ? `, ${count(one.counts.fragile)} fragile` : ""}${one.inside ? `; ${percent(one.inside.share, 0)} of the change in the mask` : ""}`}
          />
        ))}
        {!explanations?.compared && (
          <>
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
          </>
        )}
      </div>
    </div>
  )
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
