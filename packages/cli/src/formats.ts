import { extname } from "node:path"
import { ConfigError } from "@ifnormal/core"
import { writeFileAtomic } from "@ifnormal/core/node"
import Papa from "papaparse"
import type { GlobalOptions } from "./options.js"
import { jsonText, type Output } from "./output.js"

const FORMATS = ["json", "csv", "md"] as const
type Format = (typeof FORMATS)[number]

/** Options of commands whose result is a table. */
export interface FormatOptions extends GlobalOptions {
  readonly csv: boolean
  readonly md: boolean
  /** File that the table goes to instead of stdout. */
  readonly out?: string
}

/** A table in each of its forms, made when it is asked for. */
export interface Sheet {
  readonly json: unknown
  readonly csv: () => string
  readonly md: () => string
  readonly text: () => string
}

/**
 * The form that was asked for; with --out alone, what the file's ending says.
 * @returns undefined for text
 * @throws ConfigError "option-conflict" for two forms, "format-unknown" for an ending that names none
 */
export function formatOf(options: FormatOptions): Format | undefined {
  const asked = FORMATS.filter((format) => options[format])
  if (asked.length > 1)
    throw new ConfigError({
      code: "option-conflict",
      message: `Found ${asked.map((format) => `--${format}`).join(" and ")}, expected one of them.`,
      next: "Leave out all but one.",
    })
  if (asked[0] || options.out === undefined) return asked[0]
  const ending = extname(options.out).slice(1).toLowerCase()
  const format = FORMATS.find((name) => name === ending)
  if (format) return format
  throw new ConfigError({
    code: "format-unknown",
    message: `The file ${options.out} does not say what to write: expected it to end in .json, .csv or .md.`,
    next: "Add --json, --csv or --md, or name the file accordingly.",
  })
}

/** Prints a table, or writes it to --out and says so on stderr. @throws FileError as `writeFileAtomic` */
export async function deliver(sheet: Sheet, options: FormatOptions, output: Output): Promise<void> {
  const format = formatOf(options)
  if (options.out === undefined) {
    if (format === "csv" || format === "md") process.stdout.write(sheet[format]())
    else output.result(sheet.json, sheet.text())
    return
  }
  await writeFileAtomic(
    options.out,
    format === "csv" || format === "md" ? sheet[format]() : jsonText(sheet.json),
  )
  output.note(`Wrote ${options.out}.`)
}

/** RFC 4180 lines, with a head; a missing value is an empty field. */
export function csv<K extends string>(
  columns: readonly K[],
  rows: readonly { readonly [column in K]?: string | number | boolean | undefined }[],
): string {
  const field = (value: string | number | boolean | undefined) =>
    value === undefined || Number.isNaN(value) ? "" : String(value)
  const data = rows.map((row) => columns.map((column) => field(row[column])))
  return `${Papa.unparse({ fields: [...columns], data }, { newline: "\r\n" })}\r\n`
}

/** A table as GitHub shows it; numbers, in the columns named `right`, to the right. */
export function markdown(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(" | ")} |`
  const rule = `| ${head.map((name) => (right.includes(name) ? "---:" : "---")).join(" | ")} |`
  return `${[line(head), rule, ...rows.map(line)].join("\n")}\n`
}

// A bar or a line break would end the cell.
function escaped(cell: string): string {
  return cell
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replace(/\s*\n\s*/g, " ")
}
