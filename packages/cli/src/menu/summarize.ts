import type { Command } from "commander"
import { act, examples } from "./command.js"
import { addFormats } from "./formats.js"

export function addSummarize(program: Command): void {
  const command = program
    .command("summarize")
    .argument("<runs...>", "evaluated run folders")
    .summary("mean and standard deviation over seeds and setups")
    .description(
      "Mean and sample standard deviation of every metric over trainings, by setup and detector, and over all setups where there are several, with the paper's number beside. A mean needs three runs or more.",
    )
    .option("--metrics <types>", "types with commas between them (default: all that the runs have)")
  addFormats(command)
  act(command, async () => (await import("../commands/summarize.js")).summarize)
  examples(command, [
    ["ifnormal summarize runs/seed1 runs/seed2 runs/seed3", "as the paper's tables have it"],
    ["ifnormal summarize runs/* --out summary.csv", "every number in full"],
  ])
}
