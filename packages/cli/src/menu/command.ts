import type { Command } from "commander"

// Commands load when they run: `--help` and a typo should not wait for the engine.
type Action = (...operands: never[]) => Promise<void>

/** What runs when the command is called: operands first, then the options. */
export function act(command: Command, load: () => Promise<Action>): Command {
  return command.action(async (...received: unknown[]) => {
    const operands = received.slice(0, -2)
    const run = (await load()) as (...all: unknown[]) => Promise<void>
    await run(...operands, command.optsWithGlobals())
  })
}

/** Example lines below the help of a command. */
export function examples(
  command: Command,
  lines: readonly (readonly [line: string, what: string])[],
): Command {
  const width = Math.max(...lines.map(([line]) => line.length))
  const shown = lines.map(([line, what]) => `  $ ${line.padEnd(width)}  ${what}`).join("\n")
  return command.addHelpText("after", `\nExamples:\n${shown}`)
}
