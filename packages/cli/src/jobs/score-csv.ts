import type { Readable } from "node:stream"
import { DataError } from "@ifnormal/core"
import Papa from "papaparse"
import { list } from "./score-labels.js"

/** Which columns to read: names, or numbers from 1 in a file without a head. */
export interface ScoreColumns {
  readonly score: string
  readonly label: string
}

/** Scores of a file and the label of each. */
export interface LabelledScores {
  readonly scores: Float64Array
  /** Place in `labels` of each score's label. */
  readonly kinds: Uint8Array
  readonly labels: readonly string[]
}

/** More labels than that are no labels. */
const LABELS = 200

/**
 * Reads scores and labels from CSV text (RFC 4180; comma, semicolon, tab or bar, as the file has it). The first row is a
 * head unless one of its cells is a number. Nine bytes of memory per row.
 * @param onCharacters called with the characters read so far
 * @throws DataError "csv-invalid", "column-missing", "score-invalid", "label-many", "csv-empty"; all but the last name the line
 */
export function readScoreCsv(
  source: Readable,
  columns: ScoreColumns,
  onCharacters: (characters: number) => void,
): Promise<LabelledScores> {
  const rows = new ScoreRows(columns)
  return new Promise((resolve, reject) => {
    Papa.parse<string[]>(source.setEncoding("utf8"), {
      beforeFirstChunk: (text) => text.replace(/^\uFEFF/, ""),
      chunk({ data, errors, meta }, parser) {
        try {
          for (const row of data) rows.add(row)
          // An undetectable delimiter only means one column, which is found by its name.
          const broken = errors.find(({ type }) => type === "Quotes")
          if (broken) throw invalid(rows.line, broken.message)
          // The end comes once more, without rows.
          if (data.length > 0) onCharacters(meta.cursor)
        } catch (error) {
          // First: abort completes at once.
          reject(error)
          parser.abort()
          source.destroy()
        }
      },
      complete() {
        try {
          resolve(rows.finish())
        } catch (error) {
          reject(error)
        }
      },
      error: reject,
    })
  })
}

/** Takes rows one by one. */
class ScoreRows {
  /** Line of the file that the next row begins on. */
  line = 1
  private places: { readonly score: number; readonly label: number; readonly width: number } | undefined
  private scores = new Float64Array(1024)
  private kinds = new Uint8Array(1024)
  private length = 0
  private readonly labels = new Map<string, number>()

  constructor(private readonly columns: ScoreColumns) {}

  add(row: readonly string[]): void {
    const line = this.line
    // A cell in quotes may hold line breaks.
    this.line +=
      1 + row.reduce((breaks, cell) => breaks + (cell.includes("\n") ? cell.split("\n").length - 1 : 0), 0)
    if (row.length === 1 && row[0]!.trim() === "") return
    if (!this.places) {
      const head = !row.some((cell) => !Number.isNaN(parseScore(cell)))
      const find = (name: string) => findColumn(row, name, head)
      this.places = { score: find(this.columns.score), label: find(this.columns.label), width: row.length }
      if (head) return
    }
    const { score, label, width } = this.places
    if (row.length !== width) throw invalid(line, `it has ${row.length} cells, the first line ${width}`)
    this.push(parseScore(row[score]!), this.kindOf(row[label]!, line), row[score]!, line)
  }

  finish(): LabelledScores {
    if (this.length === 0)
      throw new DataError({
        code: "csv-empty",
        message: "The file has no rows, expected one score and one label per row.",
        next: "Write a head such as score,label and a line per image.",
      })
    return {
      scores: this.scores.slice(0, this.length),
      kinds: this.kinds.slice(0, this.length),
      labels: [...this.labels.keys()],
    }
  }

  private push(score: number, kind: number, text: string, line: number): void {
    if (Number.isNaN(score))
      throw new DataError({
        code: "score-invalid",
        message: `Line ${line} has the score ${JSON.stringify(text)}, expected a number.`,
        next: "Correct the line, or name the column of the scores with --score.",
      })
    if (this.length === this.scores.length) {
      this.scores = grown(this.scores, new Float64Array(2 * this.length))
      this.kinds = grown(this.kinds, new Uint8Array(2 * this.length))
    }
    this.scores[this.length] = score
    this.kinds[this.length++] = kind
  }

  private kindOf(label: string, line: number): number {
    const known = this.labels.get(label)
    if (known !== undefined) return known
    if (this.labels.size === LABELS)
      throw new DataError({
        code: "label-many",
        message: `Line ${line} has the label ${JSON.stringify(label)}, the ${LABELS + 1}st; expected a few labels that many images share, found ${list([...this.labels.keys()].slice(0, 5))}, ...`,
        next: "Name the column of the labels with --label.",
      })
    this.labels.set(label, this.labels.size)
    return this.labels.size - 1
  }
}

/** NaN for anything that is no number; NumPy's and pandas' infinities are numbers. */
function parseScore(text: string): number {
  const trimmed = text.trim()
  const infinite = /^([+-]?)inf(inity)?$/i.exec(trimmed)
  if (infinite) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return trimmed === "" || /^0[xbo]/i.test(trimmed) ? Number.NaN : Number(trimmed)
}

function findColumn(first: readonly string[], name: string, head: boolean): number {
  const names = first.map((cell, i) => (head ? cell.trim() : `${i + 1}`))
  // Without a head, the score comes first unless told otherwise.
  const wanted = head ? name : ({ score: "1", label: "2" }[name] ?? name)
  const place = names.indexOf(wanted)
  if (place >= 0) return place
  throw new DataError({
    code: "column-missing",
    message: `There is no column ${JSON.stringify(wanted)}; the columns are ${list(names)}${head ? "" : " (the file has no head)"}.`,
    next: "Name columns with --score and --label.",
  })
}

function invalid(line: number, what: string): DataError {
  return new DataError({
    code: "csv-invalid",
    message: `Line ${line} is no valid CSV: ${what}.`,
    next: "Correct the line; a cell with the separator or a quote in it stands in quotes.",
  })
}

function grown<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
