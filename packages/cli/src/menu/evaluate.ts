import type { Command } from "commander"
import { parseInteger } from "../options.js"
import { act, examples } from "./command.js"
import { addFormats } from "./formats.js"

export function addEvaluate(program: Command): void {
  const command = program
    .command("evaluate")
    .argument("<run>", "run folder with a trained detector and generator")
    .summary("measure a run on the test set")
    .description(
      "Reads the test set once and writes metrics.json, scores.json, values.json and explanations/ into the run folder. Every number comes with its n, recipe and interval. An independent judge names what the counterfactuals show.",
    )
    .option(
      "--metrics <types>",
      "types with commas between them, such as detector-auroc,fid:extractor=digits (default: the quick ones)",
    )
    .option(
      "--draws <n>",
      "bootstrap draws behind each interval; --seed is theirs",
      parseInteger(1, 1_000_000),
      1000,
    )
    .option("--anomalies <n>", "at most this many test anomalies (default: all)", parseInteger(1))
    .option("--second-detector <folder>", "detector of another seed; validity is measured under it too")
    .option(
      "--masks <folder>",
      "where the defects of the test anomalies are (default: ground_truth/ of a data folder)",
    )
    .option("--gallery <n>", "explanations stored for the report", parseInteger(1, 200), 24)
  addFormats(command)
  act(command, async () => (await import("../commands/evaluate.js")).evaluate)
  examples(command, [
    ["ifnormal evaluate runs/demo --json", "every number, with n"],
    [
      "ifnormal evaluate runs/demo --metrics detector-auroc,l1 --md",
      "two metrics, as a table for a paper or an issue",
    ],
    [
      "ifnormal evaluate runs/mine --second-detector runs/other/detector",
      "validity under a detector that took no part",
    ],
  ])
}
