import type { Command } from "commander"
import { parseInteger } from "../options.js"
import { act, examples } from "./command.js"

export function addBench(program: Command): void {
  const command = program
    .command("bench")
    .summary("time training steps and counterfactuals on this machine")
    .description(
      "Times the shipped model's training steps and counterfactuals on this machine and prints a table in Markdown, with the machine's description.",
    )
    .option("--steps <n>", "measured steps and calls of each kind", parseInteger(1, 10_000), 20)
    .option("--out <file>", "write the table to this file as well")
  act(command, async () => (await import("../commands/bench.js")).bench)
  examples(command, [
    ["ifnormal bench", "under a minute on 2 cores"],
    ["ifnormal bench --threads 1 --memory low --json", "other settings, for a program"],
    ["ifnormal bench --out bench.md", "to keep, or to attach to an issue"],
  ])
}
