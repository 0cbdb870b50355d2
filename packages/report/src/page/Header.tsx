import { useEffect, useState } from "preact/hooks"

const views = [
  ["scores", "Scores"],
  ["gallery", "Gallery"],
  ["strip", "Film strip"],
  ["pseudo", "Pseudo-anomalies"],
  ["change", "Change map"],
  ["training", "Training"],
  ["metrics", "Metrics"],
  ["semantics", "Semantics"],
  ["limits", "Limits"],
  ["provenance", "Provenance"],
] as const

const instantViews = [
  ["scores", "Scores"],
  ["gallery", "Gallery"],
  ["heat", "Heatmaps"],
  ["change", "Change map"],
  ["compare", "Generators"],
  ["metrics", "Metrics"],
  ["limits", "Limits"],
  ["provenance", "Provenance"],
] as const

/** Bar with links to the views and the switch between light and dark. */
export function Header({ instant }: { instant: boolean }) {
  const [dark, setDark] = useState<boolean>()
  useEffect(() => setDark(matchMedia("(prefers-color-scheme: dark)").matches), [])
  const toggle = () => {
    document.documentElement.dataset.theme = dark ? "light" : "dark"
    setDark(!dark)
  }
  return (
    <header class="bar">
      <div class="bar-inner">
        <span class="brand">ifnormal</span>
        <nav aria-label="Views">
          {(instant ? instantViews : views).map(([id, name]) => (
            <a key={id} href={`#${id}`}>
              {name}
            </a>
          ))}
        </nav>
        {dark !== undefined && (
          <button type="button" class="quiet" onClick={toggle} id="theme">
            {dark ? "Light" : "Dark"}
            <span class="sr"> colors</span>
          </button>
        )}
      </div>
    </header>
  )
}
