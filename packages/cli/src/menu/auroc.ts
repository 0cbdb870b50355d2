import type { Command } from "commander"
import { gather, parseInteger, parseNumber } from "../options.js"
import { act, examples } from "./command.js"
import { addFormats } from "./formats.js"

export function addAuroc(program: Command): void {
  const command = program
    .command("auroc")
    .argument(
      "<scores>",
      "CSV with a score and a label per row, scores.json of a run, or - for standard input",
    )
    .summary("AuROC, AUPR, F1Max and partial AuROC of any detector's scores")
    .description(
      "Measures how well scores tell anomalies from normal images, higher = more anomalous, on any scale: AuROC, AUPR, F1Max with its threshold and partial AuROC, as scikit-learn computes them, each with a bootstrap interval over the rows. No engine is loaded. --seed is of the draws.",
    )
    .option("--score <column>", "column of the scores; without a head its number, first by default", "score")
    .option("--label <column>", "column of the labels; without a head its number, second by default", "label")
    .option("--positive <label>", "this label is anomalous, all others are normal (repeatable)", gather, [])
    .option("--negative <label>", "this label is normal, all others are anomalous (repeatable)", gather, [])
    .option(
      "--max-fpr <rate>",
      "false positive rate up to which the partial AuROC looks",
      parseNumber(1e-6, 1),
      0.1,
    )
    .option("--draws <n>", "bootstrap draws of the intervals", parseInteger(1, 1_000_000), 1000)
  addFormats(command)
  act(command, async () => (await import("../commands/auroc.js")).auroc)
  examples(command, [
    ["ifnormal auroc scores.csv", "columns score and label; 0/1, normal/anomaly or good/bad"],
    ["ifnormal auroc test.csv --score pred_score --label defect --negative good", "every defect is positive"],
    ["ifnormal auroc runs/mine/scores.json --json", "scores of a run, every digit"],
    ["python score.py | ifnormal auroc - --max-fpr 0.05", "from another program"],
  ])
}
