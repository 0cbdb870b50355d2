import type { Command } from "commander"
import { act, examples } from "./command.js"

export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description(
      "Checks the engine and shows what this machine offers: provider, threads, memory, versions, offline state.",
    )
  act(command, async () => (await import("../commands/doctor.js")).doctor)
  examples(command, [
    ["ifnormal doctor", "is everything there?"],
    ["ifnormal doctor --json", "for a bug report"],
  ])
}
