import { CommanderError } from "commander"
import { EXIT, printFailure } from "./exit.js"
import { createProgram } from "./program.js"

/**
 * Runs one command line and ends the process.
 * @param argv as `process.argv`: node, script, arguments
 */
export async function main(argv: readonly string[]): Promise<void> {
  // stdout belongs to results; whatever a library or plugin logs goes to stderr.
  console.log = console.info = console.debug = console.error
  // `ifnormal ... | head` closes the pipe early; that is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) =>
    process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.file),
  )
  process.on("uncaughtException", (error) => process.exit(printFailure(error, argv.includes("--json"))))
  const code = await runCommand(argv)
  // Engines keep threads alive; end here, after stdout is written.
  process.stdout.write("", () => process.exit(code))
}

async function runCommand(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...argv])
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    // --help and --version arrive as errors with exit code 0.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    return printFailure(error, argv.includes("--json"))
  }
}
