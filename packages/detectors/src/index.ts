import { definePlugin, detector } from "@ifnormal/core"
import packageJson from "../package.json" with { type: "json" }
import { BceDetector, bceOptions } from "./bce.js"
import { DsvddDetector, dsvddOptions } from "./dsvdd.js"
import { FcddDetector, fcddOptions } from "./fcdd.js"
import { HscDetector, hscOptions } from "./hsc.js"
import { onnxDetector } from "./onnx-detector.js"
import { onnxOptions } from "./onnx-options.js"

export { BceDetector, type BceOptions, bceOptions } from "./bce.js"
export { Bound, type BoundOptions, boundOptions } from "./bound.js"
export { DsvddDetector, type DsvddOptions, dsvddOptions } from "./dsvdd.js"
export { FcddDetector, type FcddOptions, fcddOptions } from "./fcdd.js"
export { FunctionDetector, type FunctionDetectorOptions, functionDetector } from "./function.js"
export { HscDetector, type HscOptions, hscOptions } from "./hsc.js"
export { sigmoidCrossEntropy } from "./losses.js"
export { OnnxDetector } from "./onnx.js"
export { type OnnxDetectorOptions, onnxDetector } from "./onnx-detector.js"
export { type OnnxOptions, type OnnxOptionsInput, onnxOptions } from "./onnx-options.js"

/** The detectors of ifnormal: "bce", "hsc", "dsvdd", "fcdd", "supervised", and "onnx" for a model of one's own. */
export const detectors = definePlugin({
  name: "@ifnormal/detectors",
  version: packageJson.version,
  contract: 1,
  detectors: {
    bce: detector({
      options: bceOptions,
      create: (options, { inputShape, seed }) => new BceDetector(inputShape, seed, options),
    }),
    dsvdd: detector({
      options: dsvddOptions,
      create: (options, { inputShape, seed }) => new DsvddDetector(inputShape, seed, options),
    }),
    fcdd: detector({
      options: fcddOptions,
      create: (options, { inputShape, seed }) => new FcddDetector(inputShape, seed, options),
    }),
    hsc: detector({
      options: hscOptions,
      create: (options, { inputShape, seed }) => new HscDetector(inputShape, seed, options),
    }),
    onnx: detector({
      options: onnxOptions,
      create: (options, { inputShape, sessions, readFile }) =>
        onnxDetector({ ...options, inputShape, sessions, readFile }),
    }),
    supervised: detector({
      options: bceOptions,
      create: (options, { inputShape, seed }) => new BceDetector(inputShape, seed, options, "supervised"),
    }),
  },
})

export default detectors
