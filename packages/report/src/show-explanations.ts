import type { ImageShape, StoredExplanation } from "@ifnormal/core"
import { cutter } from "./cutter.js"
import { changeMap } from "./page/change.js"
import { initialSelection } from "./page/select.js"
import type { ShownExplanation, ShownExplanations } from "./page/types.js"
import { reachedBy } from "./reached.js"
import type { StoredPictures } from "./read-run.js"
import { shrinkFactors } from "./shrink.js"
import { makeSprite, rgbaOf, rgbaUri } from "./sprite.js"

/** Shown at most; the sentence under the gallery says of how many. Our choice: a page that a person can look through. */
const maxAnomalies = 60
const maxNormals = 24
/** Where fewer anomalies fit, pictures are shrunk further. Our choice: about one line of the gallery. */
const enough = 12
/** Characters of the pictures' data URIs; keeps the report below 5 MB. */
const maxPictures = 4_000_000
/** Bytes of pixels before compression; more is not even tried. */
const maxRaw = 10_000_000

/** The explanations that the page shows and the one picture with their images; undefined without explanations. */
export function showExplanations(
  stored: StoredPictures,
): { explanations: ShownExplanations; uri: string } | undefined {
  const { index } = stored
  const all = (role: StoredExplanation["role"]) => index.explanations.filter((e) => e.role === role)
  const anomalies = all("anomaly")
  const normals = all("normal")
  if (anomalies.length + normals.length === 0) return undefined
  const stamps = { valid: 0, "target-missed": 0, "too-far": 0, "not-distinct": 0, fragile: 0 }
  for (const { status } of anomalies.flatMap((e) => e.counterfactuals)) stamps[status]++
  const heats = new Map<string, number>()
  for (const { kind, scale } of anomalies.flatMap((e) => e.attributions ?? [])) heats.set(kind, scale)

  const factors = shrinkFactors(index.shape[0], index.shape[1])
  // The last factor takes what fits.
  const wanted = (i: number) => (i + 1 < factors.length ? Math.min(enough, anomalies.length) : 0)
  let at = 0
  let fitted = fit(stored, factors[at]!, anomalies, normals, wanted(at))
  while (!fitted) fitted = fit(stored, factors[++at]!, anomalies, normals, wanted(at))
  const { uri, shown, sprite, change } = fitted
  return {
    uri,
    explanations: {
      limits: index.limits,
      concepts: index.concepts,
      sprite,
      ...shown,
      total: { anomalies: anomalies.length, normals: normals.length },
      stamps,
      firstChange: change,
      ...(index.generators && {
        generators: index.generators,
        reached: reachedBy(index.generators, anomalies),
        explained: anomalies.filter((e) => e.counterfactuals.some(({ status }) => status === "valid")).length,
      }),
      ...(heats.size > 0 && { heats: [...heats].map(([kind, scale]) => ({ kind, scale })) }),
      ...(index.maskMargin !== undefined && { maskMargin: index.maskMargin }),
      ...(factors[at]! > 1 && { shrunk: factors[at]! }),
    },
  }
}

/** As many explanations as fit, from the front, at one of `factor` pixels per side; undefined for less than `wanted` anomalies. */
function fit(
  stored: StoredPictures,
  factor: number,
  anomalies: readonly StoredExplanation[],
  normals: readonly StoredExplanation[],
  wanted: number,
) {
  const pictures = cutter(stored, factor)
  const [height, width, c] = pictures.shape
  const channels = c >= 3 || anomalies.some(({ attributions }) => attributions?.length) ? 3 : 1
  let share = 1
  let strips = true
  for (;;) {
    const shownAnomalies = anomalies.slice(0, Math.ceil(Math.min(maxAnomalies, anomalies.length) * share))
    if (shownAnomalies.length < wanted) return undefined
    const shownNormals = normals.slice(0, Math.ceil(Math.min(maxNormals, normals.length) * share))
    const cells = new Map<string, { readonly at: number; readonly draw: () => Uint8Array }>()
    const cell = (key: string, draw: () => Uint8Array) => {
      const known = cells.get(key) ?? { at: cells.size, draw }
      cells.set(key, known)
      return known.at
    }
    const place = <T extends { image: number }>(item: T): T => ({
      ...item,
      image: cell(`${item.image}`, () => pictures.image(item.image)),
    })
    const show = ({ strip, mask, attributions, ...explanation }: StoredExplanation): ShownExplanation => ({
      ...place(explanation),
      counterfactuals: explanation.counterfactuals.map(place),
      ...(strip && strips && { strip: strip.map(place) }),
      ...(mask !== undefined && { outline: pictures.outline(mask) }),
      ...(attributions && {
        attributions: attributions.map((one) => ({
          ...one,
          map: cell(`${explanation.image}/${one.map}`, () => pictures.heat(explanation.image, one.map)),
        })),
      }),
    })
    const shown = { anomalies: shownAnomalies.map(show), normals: shownNormals.map(show) }
    const few = shownAnomalies.length <= 1 && shownNormals.length <= 1
    const smallest = few && !strips
    const raw = cells.size * height * width * channels
    if (raw <= maxRaw || smallest) {
      const drawn = [...cells.values()].map(({ draw }) => draw())
      const { sprite, uri } = makeSprite(drawn, pictures.shape)
      const change = firstChange(shown.anomalies, drawn, pictures.shape)
      // Change maps stand twice in the file: as pictures, and in the data of the page.
      const size = uri.length + 2 * change.reduce((sum, one) => sum + one.uri.length, 0)
      if (size <= maxPictures || smallest) return { uri, sprite, shown, change }
      if (!few) share *= Math.min(0.95, (0.97 * maxPictures) / size)
    } else if (!few) share *= Math.min(0.95, maxRaw / raw)
    if (few) strips = false
  }
}

/** Change maps of the anomaly that is selected at first. */
function firstChange(
  anomalies: readonly ShownExplanation[],
  cells: readonly Uint8Array[],
  [height, width]: ImageShape,
) {
  const explanation = anomalies[initialSelection(anomalies)]
  if (!explanation) return []
  const rgba = (cell: number) => rgbaOf(cells[cell]!, height * width)
  const original = rgba(explanation.image)
  return explanation.counterfactuals.map(({ image }) => {
    const change = changeMap(original, rgba(image), "luminance")
    return { uri: rgbaUri(change.rgba, width, height), changed: change.changed }
  })
}
