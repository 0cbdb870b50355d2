import type { Command } from "commander"
import { act, examples } from "./command.js"

export function addInit(program: Command): void {
  const command = program
    .command("init")
    .argument("[name]", "name of the experiment")
    .summary("write a commented experiment.yaml")
    .description("Writes a commented experiment.yaml. Asks questions only on a terminal.")
    .option("--yes", "no questions, all defaults", false)
    .option("--out <file>", "file to write", "experiment.yaml")
    .option("--force", "replace an existing file", false)
  act(command, async () => (await import("../commands/init.js")).init)
  examples(command, [
    ["ifnormal init", "asks for name, normal classes and size"],
    ["ifnormal init red-or-seven --yes", "defaults, no questions"],
  ])
}
