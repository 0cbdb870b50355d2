import { createInterface } from "node:readline/promises"
import { parseArgs } from "node:util"
import { CreateError, createPlugin, TEMPLATES, type Template } from "./create.js"

export { type Created, CreateError, createPlugin, TEMPLATES, type Template } from "./create.js"

const HELP = `Starts a plugin for ifnormal in a new folder.

  npm create ifnormal-plugin <folder> -- --template ${TEMPLATES.join("|")}

The package is called ifnormal-plugin-<folder>, its type in a config <folder>. What is missing is asked for on a
terminal; elsewhere the template is detector.
`

/**
 * The command line: creates the plugin and says what comes next.
 * @param args without node and script
 * @returns the exit code: 0, 2 when it refuses, 130 when somebody stops it
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { template: { type: "string", short: "t" }, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    })
    if (values.help) {
      process.stdout.write(HELP)
      return 0
    }
    const { folder, template } = await complete(positionals, values.template)
    const { name, type } = await createPlugin(folder, template)
    process.stdout.write(`Created ${name} in ${folder}: ${template} "${type}". Next:

  cd ${folder}
  npm install
  npm test
`)
    return 0
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    // Ctrl-C or Ctrl-D at a question.
    if (code === "ABORT_ERR") return 130
    // parseArgs says what is wrong with an option in words of its own.
    if (!(error instanceof CreateError) && !code?.startsWith("ERR_PARSE_ARGS")) throw error
    const next = error instanceof CreateError ? error.next : "See --help."
    process.stderr.write(`error[${code}]: ${message}\nnext: ${next}\n`)
    return 2
  }
}

/** Asks for what is missing, where there is somebody to ask. */
async function complete(positionals: readonly string[], named: string | undefined) {
  let [folder, ...rest] = positionals
  let template = named
  if (rest.length > 0)
    throw new CreateError(
      "folder-many",
      `Found the folders ${positionals.join(", ")}, expected one.`,
      "Name one.",
    )
  if (process.stdin.isTTY && process.stdout.isTTY && (!folder || !template)) {
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    const ask = async (question: string, fallback: string) =>
      (await terminal.question(`${question} [${fallback}] `)).trim() || fallback
    folder ??= await ask("Folder, which names the plugin?", "my-detector")
    template ??= await ask(`What does it bring, ${TEMPLATES.join(", ")}?`, TEMPLATES[0])
    terminal.close()
  }
  if (!folder)
    throw new CreateError(
      "folder-missing",
      "Found no folder, expected one that names the plugin.",
      "Run: npm create ifnormal-plugin my-detector -- --template detector",
    )
  return { folder, template: (template ?? TEMPLATES[0]) as Template }
}
