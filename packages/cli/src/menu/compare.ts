import type { Command } from "commander"
import { parseInteger } from "../options.js"
import { act, examples } from "./command.js"
import { addFormats } from "./formats.js"

export function addCompare(program: Command): void {
  const command = program
    .command("compare")
    .argument("<a>", "evaluated run folder")
    .argument("<b>", "another, measured on the same test images")
    .summary("differences of two runs, image by image")
    .description(
      "Differences B - A of every metric that both runs have. Intervals redraw test images, the same ones for both runs, so that images which are hard for both do not count against either.",
    )
    .option("--metrics <types>", "types with commas between them (default: all that both runs have)")
    .option(
      "--draws <n>",
      "bootstrap draws behind each interval; --seed is theirs",
      parseInteger(1, 1_000_000),
      1000,
    )
  addFormats(command)
  act(command, async () => (await import("../commands/compare.js")).compare)
  examples(command, [
    ["ifnormal compare runs/bce runs/hsc", "two detectors on the same test images"],
    [
      "ifnormal compare runs/a runs/b --metrics counterfactual-auroc,l1 --md",
      "as a table for a paper or an issue",
    ],
  ])
}
