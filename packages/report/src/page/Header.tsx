import { useEffect, useState } from "preact/hooks"
import type { PageData } from "./types.js"
import { viewsOf } from "./views.js"

/** Bar with links to the views and the switch between light and dark. */
export function Header({ data }: { data: PageData }) {
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
          {viewsOf(data).map(([id, name]) => (
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
