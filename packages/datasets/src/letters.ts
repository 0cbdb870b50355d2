import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { DataError, type ImageSource } from "@ifnormal/core"
import { colored } from "./colored.js"
import { DAMAGE, damageLetter } from "./damage-letter.js"
import type { HashedDataset } from "./dataset-files.js"
import { drawLetter, SIDE, STYLE, scratch } from "./draw-letter.js"
import { FONT_VERSION, FONTS, type GlyphShape, loadGlyphs } from "./fonts.js"
import { randomOf } from "./random.js"
import { memorySource } from "./source.js"
import { makeFolder, sha256, writeAtomic } from "./write.js"

/** Letters that are drawn: without I, i and l, which look like a one. */
export const LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZabcdefghjkmnopqrstuvwxyz"

/** Counts up when the same options would draw other pictures. */
const VERSION = 2

/** Share of training letters with erased bands. */
const DEFAULT_DAMAGED = 0.35

const LICENSE = `Letters rendered by ifnormal from ${FONTS.length} font families of npm's @fontsource packages, each under the SIL Open Font License 1.1.`

/** Gray letters and which one each is. */
export interface RenderedLetters {
  /** [count * 28 * 28] */
  readonly bytes: Uint8Array
  /** [count] index into LETTERS */
  readonly labels: Int32Array
}

/** Progress of long preparation. */
export type Progress = (message: string, done: number, total: number) => void

/** Loaded once per process: about a second. */
let loadedFonts: Promise<Map<string, GlyphShape>[]> | undefined

async function loadFonts(): Promise<Map<string, GlyphShape>[]> {
  const fonts: Map<string, GlyphShape>[] = []
  for (const [family, weights] of FONTS)
    for (const weight of weights) fonts.push(await loadGlyphs(family, weight, LETTERS))
  return fonts
}

/** Draws `count` letters; letter i depends on (seed, part, i) only. About 5 s for 16000 on one core. */
export async function renderLetters(
  count: number,
  options: {
    readonly seed: number
    readonly part: string
    /** Share of letters with erased bands. Default 0. */
    readonly damaged?: number
    readonly onProgress?: Progress
  },
): Promise<RenderedLetters> {
  const fonts = await (loadedFonts ??= loadFonts())
  const bytes = new Uint8Array(count * SIDE * SIDE)
  const labels = new Int32Array(count)
  const buffers = scratch()
  for (let i = 0; i < count; i++) {
    const random = randomOf(options.seed, "letters", options.part, i)
    const out = bytes.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)
    for (;;) {
      const label = random.int(LETTERS.length)
      const glyph = fonts[random.int(fonts.length)]!.get(LETTERS[label]!)
      labels[i] = label
      if (glyph && drawLetter(glyph, random, buffers, out)) break
    }
    if (random.uniform(0, 1) < (options.damaged ?? 0)) damageLetter(out, random)
    if (i % 500 === 499 || i === count - 1) {
      options.onProgress?.("Drawing letters", i + 1, count)
      // Lets a progress line be painted and Ctrl-C be heard.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { bytes, labels }
}

/** What `letters` needs. */
export interface LettersOptions {
  /** Training letters. Default 16000 (our choice). */
  readonly count?: number
  /** Test letters. Default 2000. */
  readonly testCount?: number
  /** Share of training letters with erased bands, see `damageLetter`. Default 0.35 (our choice). */
  readonly damaged?: number
  /** Colored with the ten colors of Colored-MNIST (attribute "color"), or gray. Default true. */
  readonly colored?: boolean
  readonly seed: number
  /** Rendered letters are kept here, one file per part, and read again next time. Without it they are only in memory. */
  readonly cacheDir?: string
  readonly onProgress?: Progress
}

/**
 * Letters in MNIST's manner as outlier exposure: [28, 28, 3] (or [28, 28, 1] gray), classes "A".."z" without I, i, l.
 * A function of the seed; nothing is downloaded.
 */
export function letters(options: LettersOptions): HashedDataset {
  const parts = { train: options.count ?? 16_000, test: options.testCount ?? 2_000 }
  const loaded: Partial<Record<keyof typeof parts, Promise<{ source: ImageSource; hash: string }>>> = {}
  const load = (part: keyof typeof parts) => {
    loaded[part] ??= readOrRender(parts[part], part, options).then(({ bytes, labels }) => ({
      source: memorySource({ shape: [SIDE, SIDE, 1], bytes, labels }),
      hash: sha256(bytes),
    }))
    return loaded[part]
  }
  const gray: HashedDataset = {
    name: "letters",
    classNames: [...LETTERS],
    license: LICENSE,
    train: async () => (await load("train")).source,
    test: async () => (await load("test")).source,
    files: async () => ({ [`letters-train-${parts.train}`]: (await load("train")).hash }),
  }
  if (options.colored === false) return gray
  return { ...colored(gray, { seed: options.seed, name: "letters" }), files: gray.files }
}

async function readOrRender(count: number, part: string, options: LettersOptions): Promise<RenderedLetters> {
  if (!Number.isInteger(count) || count < 1)
    throw new DataError({
      code: "letters-count",
      message: `letters got a count of ${count}, expected a whole number above 0.`,
      next: "Set count (and testCount) to at least 1.",
    })
  const damaged = part === "train" ? (options.damaged ?? DEFAULT_DAMAGED) : 0
  const render = () =>
    renderLetters(count, {
      seed: options.seed,
      part,
      damaged,
      ...(options.onProgress && { onProgress: options.onProgress }),
    })
  if (options.cacheDir === undefined) return render()
  const recipe = {
    version: VERSION,
    count,
    part,
    seed: options.seed,
    fonts: FONTS,
    fontVersion: FONT_VERSION,
    letters: LETTERS,
    style: STYLE,
    damage: damaged > 0 ? { share: damaged, ...DAMAGE } : null,
  }
  const key = sha256(Buffer.from(JSON.stringify(recipe)))
  const file = join(options.cacheDir, `letters-${key.slice(0, 16)}.bin`)
  const cached = await readFile(file).catch(() => undefined)
  const content = cached && decodeCache(cached, count)
  if (content) return content
  await makeFolder(options.cacheDir)
  const rendered = await render()
  await writeAtomic(file, encodeCache(rendered))
  return rendered
}

// Cache file: 32 bytes SHA-256 of the rest, then one label per byte, then the pictures.
function encodeCache({ labels, bytes }: RenderedLetters): Uint8Array {
  const body = Buffer.concat([Uint8Array.from(labels), bytes])
  return Buffer.concat([createHash("sha256").update(body).digest(), body])
}

/** undefined when the file is not whole: it is then rendered again. */
function decodeCache(content: Uint8Array, count: number): RenderedLetters | undefined {
  if (content.length !== 32 + count * (1 + SIDE * SIDE)) return undefined
  const body = content.subarray(32)
  if (sha256(body) !== Buffer.from(content.subarray(0, 32)).toString("hex")) return undefined
  return { labels: Int32Array.from(body.subarray(0, count)), bytes: new Uint8Array(body.subarray(count)) }
}
