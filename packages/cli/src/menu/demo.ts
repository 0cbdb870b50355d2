import type { Command } from "commander"
import { parseDuration, parseInteger } from "../options.js"
import { act, examples } from "./command.js"

export function addDemo(program: Command): void {
  const command = program
    .command("demo")
    .summary("explain real MNIST test digits with the shipped model and write a report")
    .description(
      "Explains anomalies of Colored-MNIST with the shipped model, measures it on part of the test set and writes runs/demo/report.html.",
    )
    .option("--train", "train detector and generator from nothing first, into runs/demo-train", false)
    .option("--budget <time>", "with --train: time for everything", parseDuration)
    .option("--resume", "with --train: go on where an earlier call stopped", false)
    .option("--anomalies <n>", "test anomalies to explain", parseInteger(1), 1000)
    .option("--out <folder>", "run folder (default: runs/demo, with --train runs/demo-train)")
    .option("--model <folder>", "model to use instead of the shipped one")
    .option("--config <file>", "with --train: experiment to train instead of the shipped one")
  act(command, async () => (await import("../commands/demo.js")).demo)
  examples(command, [
    ["ifnormal demo", "about a minute, writes runs/demo/report.html"],
    ["ifnormal demo --train", "the whole job from nothing, about 10 minutes on 2 cores"],
    ["ifnormal demo --train --resume", "go on after Ctrl-C"],
  ])
}
