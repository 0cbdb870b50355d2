import type { GlobalOptions } from "./options.js"

/** Results go to stdout, and nothing else does; everything a person wants to know on the way goes to stderr. */
export class Output {
  readonly json: boolean
  readonly quiet: boolean

  constructor(options: Pick<GlobalOptions, "json" | "quiet">) {
    this.json = options.json
    this.quiet = options.quiet
  }

  /** The result of the command: one JSON object with --json, otherwise text. */
  result(value: unknown, text: string): void {
    process.stdout.write(this.json ? jsonText(value) : `${text}\n`)
  }

  /** Something worth knowing; silent with --quiet. */
  note(line: string): void {
    if (!this.quiet) process.stderr.write(`${line}\n`)
  }
}

/** A result as JSON text. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, finite, 2)}\n`
}

// JSON has no NaN: a skipped value is null.
function finite(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value
}

/** Columns padded to their widest cell; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const right = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"),
  )
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

/** 0.9312 to "93.1 %". */
export function percent(fraction: number): string {
  return Number.isFinite(fraction) ? `${(100 * fraction).toFixed(1)} %` : "-"
}
