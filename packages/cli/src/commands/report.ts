import { statSync } from "node:fs"
import { relative } from "node:path"
import type { GlobalOptions } from "../options.js"
import { Output } from "../output.js"

/** `ifnormal report <run>`: writes report.html. */
export async function report(run: string, options: GlobalOptions): Promise<void> {
  const output = new Output(options)
  const { writeReport } = await import("@ifnormal/report")
  const file = await writeReport(run)
  const megabytes = statSync(file).size / 1e6
  const shown = relative(process.cwd(), file) || file
  output.result(
    { file: shown, megabytes },
    `Wrote ${shown} (${megabytes.toFixed(2)} MB). It opens by double click.`,
  )
}
