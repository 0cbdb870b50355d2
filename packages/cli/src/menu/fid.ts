import { type Command, Option } from "commander"
import { parseNormalize, parseSize } from "../jobs/own-options.js"
import { parseInteger } from "../options.js"
import { act, examples } from "./command.js"

export function addFid(program: Command): void {
  const command = program
    .command("fid")
    .argument("<generated>", "folder of images, such as counterfactuals")
    .argument("<real>", "folder of images to compare them with, such as normal test images")
    .summary("FID, KID, precision, recall, density and coverage of two folders")
    .description(
      "Compares two folders of images by features of Inception v3, or of a network of your own. Images may have any size. Every number names its recipe: libraries differ in the resize, and numbers of two recipes are not comparable.",
    )
    .addOption(
      new Option(
        "--recipe <name>",
        "whose resize and scale, with Inception (default: torch-fidelity)",
      ).choices(["torch-fidelity", "pytorch-fid", "torchmetrics-antialias"]),
    )
    .option(
      "--weights <file>",
      "Inception's weights, .pth or .onnx (default: those of ifnormal weights fetch inception)",
    )
    .option("--batch <n>", "images at once", parseInteger(1, 1024), 32)
    .option("--no-cache", "neither read nor keep features of earlier calls")
    .option("--strict", "stop at an image that cannot be read instead of leaving it out", false)
    .optionsGroup("A network of your own:")
    .option(
      "--extractor <file>",
      "ONNX file from RGB images to features; with --recipe it stands for Inception",
    )
    .option("--output <name>", "output with the features (default: the only one)")
    .option("--size <h>x<w>", "image size, where the model leaves it open", parseSize)
    .option(
      "--normalize <how>",
      "imagenet, 255, none, or mean/std by channel (default: none)",
      parseNormalize,
    )
    .addOption(
      new Option("--resize <how>", "(default: pillow-bilinear)").choices([
        "pillow-bilinear",
        "pillow-bicubic",
        "pillow-lanczos",
        "tensorflow-bilinear",
        "torch-bilinear",
        "torch-bilinear-antialias",
      ]),
    )
    .option("--bgr", "the model takes blue first", false)
  act(command, async () => (await import("../commands/fid.js")).fid)
  examples(command, [
    ["ifnormal fid counterfactuals/ good/", "after: ifnormal weights fetch inception"],
    ["ifnormal fid a/ b/ --recipe pytorch-fid --json", "the number that pytorch-fid gives"],
    ["ifnormal fid a/ b/ --extractor net.onnx --normalize imagenet", "features of your own network"],
  ])
}
