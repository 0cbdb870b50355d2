import type { Command } from "commander"
import { act, examples } from "./command.js"

export function addReport(program: Command): void {
  const command = program
    .command("report")
    .argument("<run>", "evaluated run folder")
    .description("Writes one self-contained HTML file, report.html, into the run folder.")
  act(command, async () => (await import("../commands/report.js")).report)
  examples(command, [["ifnormal report runs/demo", "then open runs/demo/report.html by double click"]])
}
