import type { Command } from "commander"
import { parseInteger } from "../options.js"
import { act, examples } from "./command.js"

export function addEvaluate(program: Command): void {
  const command = program
    .command("evaluate")
    .argument("<run>", "run folder with a trained detector and generator")
    .summary("measure a run on the test set")
    .description(
      "Reads the test set once and writes metrics.json, scores.json and explanations/ into the run folder. An independent judge names what the counterfactuals show.",
    )
    .option("--anomalies <n>", "at most this many test anomalies (default: all)", parseInteger(1))
    .option("--second-detector <folder>", "detector of another seed; validity is measured under it too")
    .option("--gallery <n>", "explanations stored for the report", parseInteger(1, 200), 24)
  act(command, async () => (await import("../commands/evaluate.js")).evaluate)
  examples(command, [
    ["ifnormal evaluate runs/demo --json", "every number, with n"],
    [
      "ifnormal evaluate runs/mine --second-detector runs/other/detector",
      "validity under a detector that took no part",
    ],
  ])
}
