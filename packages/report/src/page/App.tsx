import { useState } from "preact/hooks"
import { Beside } from "./Beside.js"
import { ChangeMap } from "./ChangeMap.js"
import { Compare } from "./Compare.js"
import { Curves } from "./Curves.js"
import { FilmStrip } from "./FilmStrip.js"
import { Gallery } from "./Gallery.js"
import { Header } from "./Header.js"
import { Histogram } from "./Histogram.js"
import { Limits } from "./Limits.js"
import { Metrics } from "./Metrics.js"
import { Provenance } from "./Provenance.js"
import { PseudoAnomalies } from "./PseudoAnomalies.js"
import { Semantics } from "./Semantics.js"
import { initialSelection } from "./select.js"
import type { PageData, Sprite } from "./types.js"
import { Verdict } from "./Verdict.js"

/** The whole page. One state crosses views: the selected anomaly. */
export function App({ data }: { data: PageData }) {
  const [selected, setSelected] = useState(initialSelection(data.explanations?.anomalies ?? []))
  // Of `ifnormal explain --detector`: nothing was trained, so what training alone makes is left out.
  const instant = data.explanations?.compared !== undefined
  const selection = { data, selected, onSelect: setSelected }
  return (
    <div class="page" style={data.explanations && sizes(data.explanations.sprite)}>
      <Header instant={instant} />
      <main>
        <Verdict data={data} />
        <Histogram data={data} />
        <Gallery {...selection} />
        <Beside data={data} />
        {!instant && <FilmStrip {...selection} />}
        {!instant && <PseudoAnomalies data={data} />}
        <ChangeMap {...selection} />
        <Compare data={data} />
        {!instant && <Curves data={data} />}
        <Metrics data={data} />
        {!instant && <Semantics data={data} />}
        <Limits data={data} />
        <Provenance data={data} />
      </main>
      <footer>
        Made by ifnormal, which implements “Reimagining Anomalies: What If Anomalies Were Normal?” (Liznerski
        et al.). This file holds everything it shows and sends nothing anywhere.
      </footer>
    </div>
  )
}

/** Sizes for the style sheet: pictures are shown at whole multiples of their pixels where they are small. */
function sizes({ columns, rows, shape: [height, width] }: Sprite): string {
  const near = (target: number) => (width > target ? target : Math.floor(target / width) * width)
  return [
    `--sprite-size:${columns * 100}% ${rows * 100}%`,
    `--ratio:${width}/${height}`,
    `--small:${near(56)}px`,
    `--wide:${near(84)}px`,
    `--large:${near(140)}px`,
    `--rendering:${width < 160 ? "pixelated" : "auto"}`,
  ].join(";")
}
