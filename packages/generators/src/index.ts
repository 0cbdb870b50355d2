import { definePlugin, generator } from "@ifnormal/core"
import packageJson from "../package.json" with { type: "json" }
import { GanGenerator } from "./gan/gan.js"
import { ganOptions } from "./gan/options.js"

export { GanGenerator } from "./gan/gan.js"
export { type GanInput, type GanOptions, ganOptions } from "./gan/options.js"

/** The generators of ifnormal: "gan". */
export const generators = definePlugin({
  name: "@ifnormal/generators",
  version: packageJson.version,
  contract: 1,
  generators: {
    gan: generator({
      options: ganOptions,
      create: (options, context) => new GanGenerator(context.detector, context.seed, options),
    }),
  },
})

export default generators
