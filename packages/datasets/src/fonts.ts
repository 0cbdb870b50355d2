import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { DataError } from "@ifnormal/core"
import * as fontkit from "fontkit"
import sharp from "sharp"
import { signedDistance } from "./signed-distance.js"
import { unpackWoff } from "./woff.js"

/**
 * Fonts that letters are drawn from, regular and bold where the family has it; all under the SIL Open Font License 1.1,
 * from npm's @fontsource packages. Our choice: serif, sans, slab, mono, and many in handwriting, as MNIST is.
 */
export const FONTS: readonly (readonly [family: string, weights: readonly number[]])[] = [
  ["architects-daughter", [400]],
  ["arvo", [400, 700]],
  ["caveat", [400, 700]],
  ["comic-neue", [400, 700]],
  ["courier-prime", [400, 700]],
  ["crimson-text", [400]],
  ["dancing-script", [400, 700]],
  ["gloria-hallelujah", [400]],
  ["handlee", [400]],
  ["indie-flower", [400]],
  ["kalam", [400, 700]],
  ["lato", [400, 700]],
  ["oswald", [400, 700]],
  ["patrick-hand", [400]],
  ["quicksand", [400, 700]],
  ["shadows-into-light", [400]],
  ["space-mono", [400, 700]],
  ["zilla-slab", [400, 700]],
]

/** Version of every @fontsource package (pinned in package.json): part of the key of the letters' cache. */
export const FONT_VERSION = "5.3.0"

/** Side of a glyph's cell and the longer side of the glyph in it, pixels. */
export const CELL = 64
export const GLYPH = 46

/** A letter of one font as a distance field. */
export interface GlyphShape {
  /** [CELL * CELL] distance to the outline in pixels, positive inside. */
  readonly field: Float32Array
  /** Mean half thickness of the strokes in pixels. */
  readonly halfStroke: number
  /** Connected parts: two for a j, one for most. */
  readonly parts: number
}

/** The letters of one font file as distance fields; letters that the font lacks are left out. */
export async function loadGlyphs(
  family: string,
  weight: number,
  letters: string,
): Promise<Map<string, GlyphShape>> {
  const font = openFont(`@fontsource/${family}/files/${family}-latin-${weight}-normal.woff`)
  const columns = 8
  const drawn = [...letters].flatMap((letter) => {
    const { path } = font.glyphForCodePoint(letter.codePointAt(0)!)
    const { minX, minY, maxX, maxY } = path.bbox
    const size = Math.max(maxX - minX, maxY - minY)
    return size > 0 ? [{ letter, size, x: (minX + maxX) / 2, y: (minY + maxY) / 2, svg: path.toSVG() }] : []
  })
  const rows = Math.ceil(drawn.length / columns)
  const shapes = drawn.map(({ size, x, y, svg }, i) => {
    const scale = GLYPH / size
    const centerX = ((i % columns) + 0.5) * CELL - x * scale
    const centerY = (Math.floor(i / columns) + 0.5) * CELL + y * scale
    return `<path transform="translate(${centerX} ${centerY}) scale(${scale} ${-scale})" d="${svg}"/>`
  })
  const width = columns * CELL
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${rows * CELL}"><rect width="100%" height="100%"/><g fill="#fff">${shapes.join("")}</g></svg>`
  const sheet = await sharp(Buffer.from(svg)).removeAlpha().extractChannel(0).raw().toBuffer()
  return new Map(
    drawn.map(({ letter }, i) => {
      const mask = new Uint8Array(CELL * CELL)
      const left = (i % columns) * CELL
      const top = Math.floor(i / columns) * CELL
      for (let y = 0; y < CELL; y++)
        for (let x = 0; x < CELL; x++) mask[y * CELL + x] = sheet[(top + y) * width + left + x]! > 127 ? 1 : 0
      return [letter, signedDistance(mask, CELL)] as const
    }),
  )
}

function openFont(specifier: string): fontkit.Font {
  try {
    const font = fontkit.create(unpackWoff(readFileSync(createRequire(import.meta.url).resolve(specifier))))
    if ("fonts" in font) throw new Error("a font collection, expected one font")
    return font
  } catch (cause) {
    throw new DataError({
      code: "font-missing",
      message: `The font file ${specifier} cannot be opened: ${(cause as Error).message}.`,
      next: "Install the dependencies of @ifnormal/datasets again.",
      cause,
    })
  }
}
