import type { Command } from "commander"
import { parseDuration, parseInteger } from "../options.js"
import { act, examples } from "./command.js"

export function addTrain(program: Command): void {
  const train = program.command("train").description("Train a detector, then a generator against it.")
  examples(train, [
    ["ifnormal train detector experiment.yaml", "first"],
    ["ifnormal train generator experiment.yaml", "second"],
  ])
  for (const part of ["detector", "generator"] as const) {
    const command = train
      .command(part)
      .argument("[config]", "experiment file; not needed with --run")
      .description(
        part === "detector"
          ? "Trains the detector of an experiment into runs/<name>/detector."
          : "Trains the generator of an experiment against its trained detector, into runs/<name>/generator.",
      )
      .option("--run <folder>", "run folder (default: runs/<name of the experiment>)")
      .option(
        "--budget <time>",
        "measure the first steps, then take as many as fit, such as 10m",
        parseDuration,
      )
      .option("--resume", "go on where an earlier call stopped", false)
      .option("--overwrite", "replace an earlier result", false)
      .option("--save-every <n>", "steps between saved states", parseInteger(1), 50)
    act(command, async () => (await import("../commands/train.js"))[part])
    examples(command, [
      [`ifnormal train ${part} experiment.yaml`, "steps as the experiment says"],
      [`ifnormal train ${part} experiment.yaml --budget 5m`, "as many steps as fit"],
      [`ifnormal train ${part} --run runs/mine --resume`, "go on after Ctrl-C or a crash"],
    ])
  }
}
