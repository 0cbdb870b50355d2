import { type Command, InvalidArgumentError, Option } from "commander"
import { parseInteger } from "../options.js"
import { act, examples } from "./command.js"

/** Distances that `ifnormal lpips` knows, in the order in which it shows them. */
export const DISTANCES = ["lpips", "ssim", "mse", "l1", "l2"] as const
export type DistanceName = (typeof DISTANCES)[number]

/** "ssim,mse" to its parts. */
function parseDistances(text: string): DistanceName[] {
  const names = text.split(",").map((name) => name.trim())
  const unknown = names.find((name) => !DISTANCES.some((known) => known === name))
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `Found ${JSON.stringify(unknown)}, expected some of ${DISTANCES.join(",")} between commas.`,
    )
  return DISTANCES.filter((known) => names.includes(known))
}

export function addLpips(program: Command): void {
  const command = program
    .command("lpips")
    .argument("<a>", "image, or folder of images")
    .argument("<b>", "image of the same size, or folder of images with the same names")
    .summary("distance of two images, or of two folders image by image")
    .description(
      "Compares images pair by pair: LPIPS v0.1 as its authors' package computes it, SSIM, and plain differences of pixels in [0, 1]. Each number names its recipe; means have a bootstrap interval over the pairs.",
    )
    .addOption(
      new Option("--trunk <name>", "network of LPIPS").choices(["alex", "vgg", "squeeze"]).default("alex"),
    )
    .option(
      "--weights <file>",
      "the trunk's weights, .pth or .onnx (default: those of ifnormal weights fetch lpips-<trunk>)",
    )
    .option(
      "--upsample <side>",
      "for LPIPS, scale the shorter side of small images up to this",
      parseInteger(1, 4096),
    )
    .addOption(
      new Option("--ssim <recipe>", "whose SSIM")
        .choices(["scikit-image", "wang", "torchmetrics"])
        .default("scikit-image"),
    )
    .option(
      "--metric <names>",
      `some of ${DISTANCES.join(",")}; all but lpips need no weights`,
      parseDistances,
      [...DISTANCES],
    )
    .option("--csv", "print one line per pair as CSV", false)
  act(command, async () => (await import("../commands/lpips.js")).lpips)
  examples(command, [
    ["ifnormal lpips a.png b.png", "after: ifnormal weights fetch lpips-alex"],
    ["ifnormal lpips digits/a digits/b --upsample 64", "28x28 is too small for AlexNet"],
    ["ifnormal lpips a.png b.png --metric ssim,mse", "without any weights"],
    ["ifnormal lpips originals counterfactuals --csv", "a line per pair, for a spreadsheet"],
  ])
}
