import type { Command } from "commander"

/** Options of commands whose result is a table; --json is the program's. */
export function addFormats(command: Command): Command {
  return command
    .option("--csv", "print the table as CSV (RFC 4180), numbers in full", false)
    .option("--md", "print the table as GitHub shows it", false)
    .option("--out <file>", "write the table there instead; .json, .csv or .md")
}
