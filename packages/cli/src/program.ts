import { type Command, Option, Command as Root } from "commander"
import { addAuroc } from "./menu/auroc.js"
import { addBench } from "./menu/bench.js"
import { examples } from "./menu/command.js"
import { addCompare } from "./menu/compare.js"
import { addData } from "./menu/data.js"
import { addDemo } from "./menu/demo.js"
import { addDoctor } from "./menu/doctor.js"
import { addEvaluate } from "./menu/evaluate.js"
import { addExplain } from "./menu/explain.js"
import { addExport } from "./menu/export.js"
import { addFid } from "./menu/fid.js"
import { addInit } from "./menu/init.js"
import { addLpips } from "./menu/lpips.js"
import { addReport } from "./menu/report.js"
import { addSummarize } from "./menu/summarize.js"
import { addTrain } from "./menu/train.js"
import { addWeights } from "./menu/weights.js"
import { BACKENDS, gather, MEMORY_MODES, PROVIDERS, parseInteger } from "./options.js"
import { VERSION } from "./version.js"

/** The command line of ifnormal. */
export function createProgram(): Command {
  const program = new Root("ifnormal")
    .description("What would this anomaly have to look like to be normal?")
    .version(VERSION)
    .exitOverride()
    // Errors are printed by main, in one form for people and one for programs.
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addOption(new Option("--backend <name>", "engine that computes").choices([...BACKENDS]).default("ort"))
    .addOption(
      new Option("--provider <name>", "where the ort engine computes (default: cpu)").choices([...PROVIDERS]),
    )
    .option("--threads <n>", "threads of the engine (default: its own choice)", parseInteger(1, 1024))
    .addOption(
      new Option(
        "--memory <mode>",
        "of ort: fast reuses freed buffers, low gives them back to the system's allocator (default: fast)",
      ).choices([...MEMORY_MODES]),
    )
    .option("--json", "print the result as JSON on stdout, errors as JSON on stderr", false)
    .option(
      "--seed <n>",
      "train and split with this seed instead of the experiment's; draw intervals with it",
      parseInteger(0, 2 ** 31 - 1),
    )
    .option("--quiet", "no progress and no notes", false)
    .option("--offline", "never open a network connection", false)
    .option("--plugin <name>", "allow this third-party plugin, a package or a path (repeatable)", gather, [])
  examples(program, [
    ["ifnormal demo", "explain real digits with the shipped model"],
    ["ifnormal init my-experiment", "write a commented experiment.yaml"],
    ["ifnormal train detector experiment.yaml", "then: train generator, evaluate, report"],
  ])
  addDemo(program)
  addInit(program)
  addDoctor(program)
  addBench(program)
  addData(program)
  addWeights(program)
  addTrain(program)
  addExplain(program)
  addEvaluate(program)
  addCompare(program)
  addSummarize(program)
  addLpips(program)
  addAuroc(program)
  addFid(program)
  addReport(program)
  addExport(program)
  return program
}
