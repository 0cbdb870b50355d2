import { definePlugin, detector } from "@ifnormal/core"
import packageJson from "../package.json" with { type: "json" }
import { BceDetector, bceOptions } from "./bce.js"

export { BceDetector, type BceOptions, bceOptions, sigmoidCrossEntropy } from "./bce.js"

/** The detectors of ifnormal: "bce". */
export const detectors = definePlugin({
  name: "@ifnormal/detectors",
  version: packageJson.version,
  contract: 1,
  detectors: {
    bce: detector({
      options: bceOptions,
      create: (options, { inputShape, seed }) => new BceDetector(inputShape, seed, options),
    }),
  },
})

export default detectors
