import type { ComponentChildren } from "preact"

/** A number of the verdict. */
export function Tile(props: { name: string; value?: string; note?: ComponentChildren }) {
  return (
    <div class="tile">
      <div class="tile-name">{props.name}</div>
      <div class="tile-value">{props.value ?? "\u2013"}</div>
      <div class="tile-note">{props.note ?? "not measured yet"}</div>
    </div>
  )
}
