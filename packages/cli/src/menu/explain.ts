import { type Command, Option } from "commander"
import { INSTANT } from "../instant-names.js"
import { parseBound, parseList, parseNormalize, parseSize } from "../jobs/own-options.js"
import { parseDuration, parseInteger, parseNumber } from "../options.js"
import { act, examples } from "./command.js"

export function addExplain(program: Command): void {
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
    const { explainAny } = await import("../commands/explain-any.js")
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
