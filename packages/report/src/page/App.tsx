import type { ComponentType } from "preact"
import { useState } from "preact/hooks"
import { ChangeMap } from "./ChangeMap.js"
import { Curves } from "./Curves.js"
import { FilmStrip } from "./FilmStrip.js"
import { Gallery } from "./Gallery.js"
import { Generators } from "./Generators.js"
import { Header } from "./Header.js"
import { Histogram } from "./Histogram.js"
import { Limits } from "./Limits.js"
import { Metrics } from "./Metrics.js"
import { Provenance } from "./Provenance.js"
import { PseudoAnomalies } from "./PseudoAnomalies.js"
import { Semantics } from "./Semantics.js"
import { initialSelection } from "./select.js"
import type { PageData, Selection, Sprite } from "./types.js"
import { Verdict } from "./Verdict.js"
import { type ViewId, viewsOf } from "./views.js"

const views: Record<ViewId, ComponentType<Selection>> = {
  scores: Histogram,
  gallery: Gallery,
  generators: Generators,
  strip: FilmStrip,
  pseudo: PseudoAnomalies,
  change: ChangeMap,
  training: Curves,
  metrics: Metrics,
  semantics: Semantics,
  limits: Limits,
  provenance: Provenance,
}

/** The whole page. One state crosses views: the selected anomaly. */
export function App({ data }: { data: PageData }) {
  const [selected, setSelected] = useState(initialSelection(data.explanations?.anomalies ?? []))
  const selection = { data, selected, onSelect: setSelected }
  return (
    <div class="page" style={data.explanations && sizes(data.explanations.sprite)}>
      <Header data={data} />
      <main>
        <Verdict data={data} />
        {viewsOf(data).map(([id]) => {
          const View = views[id]
          return <View key={id} {...selection} />
        })}
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
    // Large pictures have details that 140 pixels would lose.
    `--large:${width < 128 ? near(140) : 176}px`,
    // Pixels are drawn as squares where all three sizes are whole multiples of them.
    `--rendering:${width <= 56 ? "pixelated" : "auto"}`,
  ].join(";")
}
