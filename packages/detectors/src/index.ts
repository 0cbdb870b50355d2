import { definePlugin, detector } from "@ifnormal/core"
import packageJson from "../package.json" with { type: "json" }
import { BceDetector, bceOptions } from "./bce.js"
import { onnxDetector } from "./onnx-detector.js"
import { onnxOptions } from "./onnx-options.js"

export { BceDetector, type BceOptions, bceOptions, sigmoidCrossEntropy } from "./bce.js"
export { Bound, type BoundOptions, boundOptions } from "./bound.js"
export { FunctionDetector, type FunctionDetectorOptions, functionDetector } from "./function.js"
export { OnnxDetector } from "./onnx.js"
export { type OnnxDetectorOptions, onnxDetector } from "./onnx-detector.js"
export { type OnnxOptions, type OnnxOptionsInput, onnxOptions } from "./onnx-options.js"

/** The detectors of ifnormal: "bce", and "onnx" for a model of one's own. */
export const detectors = definePlugin({
  name: "@ifnormal/detectors",
  version: packageJson.version,
  contract: 1,
  detectors: {
    bce: detector({
      options: bceOptions,
      create: (options, { inputShape, seed }) => new BceDetector(inputShape, seed, options),
    }),
    onnx: detector({
      options: onnxOptions,
      create: (options, { inputShape, sessions, readFile }) =>
        onnxDetector({ ...options, inputShape, sessions, readFile }),
    }),
  },
})

export default detectors
