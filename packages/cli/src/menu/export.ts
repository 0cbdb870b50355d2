import { type Command, Option } from "commander"
import { act, examples } from "./command.js"

export function addExport(program: Command): void {
  const command = program
    .command("export")
    .argument("[run]", "run folder with a trained detector and generator (default: the shipped model)")
    .summary("write the detector and the generator as portable ONNX files")
    .description(
      "Writes detector.onnx and generator.onnx: standard operators, preprocessing inside, any batch size. Before a file appears it runs on onnxruntime-node and onnxruntime-web, and has to give what the engine gives.",
    )
    .addOption(new Option("--format <name>", "file format").choices(["onnx"]).default("onnx"))
    .option("--out <folder>", "where the files go (default: <run>/export, without a run: export)")
  act(command, async () => (await import("../commands/export.js")).exportRun)
  examples(command, [
    ["ifnormal export runs/demo-train", "writes runs/demo-train/export/{detector,generator}.onnx"],
    ["ifnormal export --out models", "the shipped model"],
    ["ifnormal export runs/mine --format onnx --json", "differences and hashes, for a program"],
  ])
}
