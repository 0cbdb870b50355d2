import { count, duration, percent } from "./format.js"
import { Tile } from "./Tile.js"
import type { Reached, ShownExplanations } from "./types.js"

/** The four numbers of a detector that the user brought. */
export function OwnTiles({ shown }: { shown: ShownExplanations }) {
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
        value={inside && percent(inside.value)}
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
