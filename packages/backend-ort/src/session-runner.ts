import { type OnnxRuntime, RuntimeRunner } from "@ifnormal/onnx"
import { getOptions } from "./options.js"

/**
 * A SessionRunner on onnxruntime-node, for ONNX files from elsewhere. It goes through onnxruntime's public API with
 * its full graph optimization, which our own graphs leave off: nobody optimized these files before. `threads`,
 * `memory`, `spinning` and `provider` are those of `setOptions` at the time of the load.
 */
export function sessionRunner(): RuntimeRunner {
  return new RuntimeRunner({
    engine: "onnxruntime-node",
    async runtime() {
      const loaded = await import("onnxruntime-node")
      return (loaded.default ?? loaded) as unknown as OnnxRuntime
    },
    options() {
      const { threads, memory, spinning, provider } = getOptions()
      return {
        executionProviders: [provider],
        graphOptimizationLevel: "all",
        intraOpNumThreads: threads,
        enableCpuMemArena: memory === "fast",
        logSeverityLevel: 3,
        extra: { session: { intra_op: { allow_spinning: spinning ? "1" : "0" } } },
      }
    },
    install: "Use onnxruntime-node 1.30.0 on Linux, macOS or Windows (x64, arm64).",
  })
}
