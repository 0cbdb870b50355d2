import { type OnnxRuntime, RuntimeRunner } from "@ifnormal/onnx"

export { type RuntimeSession, type RuntimeTensor, type RuntimeValue, SessionError } from "@ifnormal/onnx"

export interface WebRunnerOptions {
  /**
   * URL of onnxruntime-web's `ort-wasm-simd-threaded.wasm`, which the page has to serve. Default: beside the script
   * that onnxruntime-web was loaded from, as its own bundle and most bundlers place it.
   */
  readonly wasm?: string
  /** More than one needs a page that is cross-origin isolated. @default 1 */
  readonly threads?: number
}

/**
 * A SessionRunner on onnxruntime-web's WebAssembly, for browsers and for Node. The engine (14 MB) is loaded at the
 * first `load`. Options are process-wide in onnxruntime-web: those of the first load hold.
 */
export function webSessionRunner({ wasm, threads = 1 }: WebRunnerOptions = {}): RuntimeRunner {
  return new RuntimeRunner({
    engine: "onnxruntime-web",
    async runtime() {
      const ort = await import("onnxruntime-web/wasm")
      ort.env.wasm.numThreads = threads
      if (wasm !== undefined) ort.env.wasm.wasmPaths = { wasm }
      return ort as unknown as OnnxRuntime
    },
    options: () => ({ executionProviders: ["wasm"], graphOptimizationLevel: "all", logSeverityLevel: 3 }),
    install:
      "Install onnxruntime-web 1.30.0, and in a browser serve its ort-wasm-simd-threaded.wasm: see the option `wasm`.",
  })
}
