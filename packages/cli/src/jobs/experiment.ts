import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { extname, join, resolve } from "node:path"
import {
  ConfigError,
  type Experiment,
  FileError,
  parseConfig,
  parseExperiment,
  type Registry,
  sectionOptions,
} from "@ifnormal/core"
import type { z } from "zod"

const CODE = [".ts", ".mts", ".js", ".mjs"]
const DATA = [".json", ".yaml", ".yml"]

/**
 * Reads an experiment that the user named on the command line. JSON and YAML are data; a .ts or .js file is run.
 * @throws FileError "not-found", ConfigError "config-syntax", "config-type" and those of `parseExperiment`
 */
export async function readExperiment(path: string): Promise<Experiment> {
  const extension = extname(path).toLowerCase()
  if (CODE.includes(extension)) return parseExperiment(await runConfig(path))
  if (!DATA.includes(extension))
    throw new ConfigError({
      code: "config-type",
      message: `${path} is no experiment: expected a file ending in ${[...DATA, ...CODE].join(", ")}.`,
      next: "Run: ifnormal init, which writes an experiment.yaml.",
    })
  return parseExperiment(await parseFile(path, await readText(path)))
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8")
  } catch (cause) {
    throw new FileError({
      code: "not-found",
      message: `The experiment ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? cause}).`,
      next: "Check the path, or write one: ifnormal init",
      cause,
    })
  }
}

async function parseFile(path: string, text: string): Promise<unknown> {
  try {
    if (path.endsWith(".json")) return JSON.parse(text)
    const { parse } = await import("yaml")
    return parse(text)
  } catch (cause) {
    throw new ConfigError({
      code: "config-syntax",
      message: `${path} cannot be parsed: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`,
      next: "Correct the line named above.",
      cause,
    })
  }
}

async function runConfig(path: string): Promise<unknown> {
  const location = resolve(path)
  if (!existsSync(location)) await readText(path)
  const { createJiti } = await import("jiti")
  try {
    return await createJiti(import.meta.url).import(location, { default: true })
  } catch (cause) {
    throw new ConfigError({
      code: "config-syntax",
      message: `${path} could not be run: ${cause instanceof Error ? cause.message : String(cause)}`,
      next: "It has to export an experiment as default. IFNORMAL_DEBUG=1 shows the stack.",
      cause,
    })
  }
}

/**
 * The resolved experiment that a run folder stores.
 * @throws FileError "not-found" when the folder is no run
 */
export async function readRunExperiment(run: string): Promise<Experiment> {
  const path = join(run, "experiment.json")
  if (!existsSync(path))
    throw new FileError({
      code: "not-found",
      message: `${run} is no run folder: ${path} is missing.`,
      next: "Name the folder that `ifnormal train` wrote, such as runs/my-experiment.",
    })
  return parseExperiment(await parseFile(path, await readText(path)))
}

/**
 * Checks the options of every type that an experiment names, before anything is read, trained or written.
 * @throws PluginError "plugin-unknown-type"; ConfigError "config-unknown-key", "config-invalid"
 */
export function checkOptions(experiment: Experiment, registry: Registry): void {
  const { dataset, setup, detector, generator } = experiment
  const check = (
    what: string,
    { entry }: { readonly entry: { readonly options: z.ZodType } },
    section: typeof dataset,
  ) => parseConfig(entry.options, sectionOptions(section).options, `The section ${what}`)
  check("dataset", registry.dataset(dataset.type), dataset)
  const exposure = setup.outlierExposure
  if (exposure) check("setup.outlierExposure", registry.dataset(exposure.type), exposure)
  check("detector", registry.detector(detector.type), detector)
  check("generator", registry.generator(generator.type), generator)
  for (const type of experiment.metrics ?? []) registry.metric(type)
}
