import { findings } from "./findings.js"
import { count, day, percent } from "./format.js"
import { OwnTiles } from "./OwnTiles.js"
import { Tile } from "./Tile.js"
import type { PageData } from "./types.js"

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
            <b>{count(explanations.total.anomalies)}</b>{" "}
            {explanations.total.anomalies === 1 ? "anomaly" : "anomalies"} explained
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
