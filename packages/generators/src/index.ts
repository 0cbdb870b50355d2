import { definePlugin, generator } from "@ifnormal/core"
import packageJson from "../package.json" with { type: "json" }
import { GanGenerator } from "./gan/gan.js"
import { ganOptions } from "./gan/options.js"
import { GradientGenerator } from "./instant/gradient.js"
import { gradientOptions } from "./instant/options.js"

export { GanGenerator } from "./gan/gan.js"
export { type GanInput, type GanOptions, ganOptions } from "./gan/options.js"

export { GradientGenerator } from "./instant/gradient.js"
export { type GradientInput, type GradientOptions, gradientOptions } from "./instant/options.js"

/** The generators of ifnormal: "gan", which is trained, and "gradient", which is not. */
export const generators = definePlugin({
  name: "@ifnormal/generators",
  version: packageJson.version,
  contract: 1,
  generators: {
    gan: generator({
      options: ganOptions,
      create: (options, context) => new GanGenerator(context.detector, context.seed, options),
    }),
    gradient: generator({
      options: gradientOptions,
      create: (options, context) => new GradientGenerator(context.detector, options),
    }),
  },
})

export default generators
