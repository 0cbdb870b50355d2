import type { SessionRunner } from "@ifnormal/core"

/** Runs ONNX files for plugins, on onnxruntime-node whatever the backend is. Loaded at the first file. */
export const sessions: SessionRunner = {
  engine: "onnxruntime-node",
  async load(model) {
    const { sessionRunner } = await import("@ifnormal/backend-ort")
    return sessionRunner().load(model)
  },
}
