import type { Command } from "commander"
import { act, examples } from "./command.js"

const FOLDER = ["--folder <path>", "where the files are kept (default: weights in the cache)"] as const

export function addWeights(program: Command): void {
  const weights = program
    .command("weights")
    .description("Published weights that FID and LPIPS compute with: get, check and list.")
  examples(weights, [
    ["ifnormal weights list", "what there is, for what, under which licence"],
    ["ifnormal weights fetch inception", "for FID, KID, precision and recall"],
  ])
  const fetch = weights
    .command("fetch")
    .argument("<names...>", "inception, lpips-alex, lpips-vgg, lpips-squeeze, or all")
    .description("Gets files and checks their size and SHA-256; goes on where a broken transfer stopped.")
    .option("--from <file or url>", "get them from here: a file, a folder, an address, or one that ends in /")
    .option(...FOLDER)
  act(fetch, async () => (await import("../commands/weights.js")).weightsFetch)
  examples(fetch, [
    ["ifnormal weights fetch inception lpips-alex", "from their publishers"],
    ["ifnormal weights fetch all --from ~/.cache/torch/hub/checkpoints", "from PyTorch's own cache"],
    ["ifnormal weights fetch inception --from ./inception.pth", "a copy that you brought along"],
    ["ifnormal weights fetch all --from https://mirror.example/weights/", "your mirror, by file name"],
  ])
  const check = weights
    .command("check")
    .argument("[names...]", "default: all")
    .description("Says of each file whether it is there, unchanged, and has the tensors that are needed.")
    .option(...FOLDER)
  act(check, async () => (await import("../commands/weights.js")).weightsCheck)
  examples(check, [
    ["ifnormal weights check", "all of them"],
    ["ifnormal weights check inception --json", "one, for a program; exit code 4 unless it is ok"],
  ])
  const list = weights
    .command("list")
    .description("Lists the weights: file, size, address, hash, licence and use.")
    .option(...FOLDER)
  act(list, async () => (await import("../commands/weights.js")).weightsList)
  examples(list, [["ifnormal weights list --json", "addresses and hashes, for a download of your own"]])
}
