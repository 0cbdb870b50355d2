import { definePlugin, generator } from "@ifnormal/core"
import packageJson from "../package.json" with { type: "json" }
import { GanGenerator } from "./gan/gan.js"
import { ganOptions } from "./gan/options.js"
import { GradientGenerator } from "./instant/gradient.js"
import { NearestGenerator } from "./instant/nearest.js"
import { gradientOptions, nearestOptions, searchOptions } from "./instant/options.js"
import { SearchGenerator } from "./instant/search.js"

export { GanGenerator } from "./gan/gan.js"
export { type GanInput, type GanOptions, ganOptions } from "./gan/options.js"

export { GradientGenerator } from "./instant/gradient.js"
export { NearestGenerator } from "./instant/nearest.js"
export {
  type GradientInput,
  type GradientOptions,
  gradientOptions,
  type NearestInput,
  type NearestOptions,
  nearestOptions,
  type SearchInput,
  type SearchOptions,
  searchOptions,
} from "./instant/options.js"
export type { Distance } from "./instant/ranking.js"
export { SearchGenerator } from "./instant/search.js"

/** The generators of ifnormal: "gan", which is trained, and "gradient", "nearest" and "search", which are not. */
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
    nearest: generator({
      options: nearestOptions,
      create: (options, context) => new NearestGenerator(context.detector, options),
    }),
    search: generator({
      options: searchOptions,
      create: (options, context) => new SearchGenerator(context.detector, options),
    }),
  },
})

export default generators
