import { z } from "zod"
import { parseConfig } from "./issues.js"

const selector = z.union([z.string().min(1), z.record(z.string(), z.string())])
const selectors = z.array(selector).min(1)
const section = z.looseObject({ type: z.string().min(1) })

/** { onnx: "./model.onnx", ... } is { type: "onnx", model: "./model.onnx", ... }. */
const detectorSection = (steps: ReturnType<typeof training>) =>
  z.union([
    section.extend({ training: steps }),
    z
      .looseObject({ onnx: z.string().min(1), training: steps })
      .transform(({ onnx, training, ...options }) => ({ ...options, type: "onnx", model: onnx, training })),
  ])

const training = (defaults: { steps: number; batchSize: number; learningRate: number }) =>
  z
    .strictObject({
      steps: z.int().min(1).max(10_000_000).default(defaults.steps),
      batchSize: z.int().min(2).max(65_536).default(defaults.batchSize),
      learningRate: z.number().gt(0).max(1).default(defaults.learningRate),
    })
    .prefault({})

/**
 * One experiment: data, detector, generator and how their counterfactuals are stamped. Sections with a `type` carry the
 * options of that type beside it; the registry checks them. Defaults are our choice: the paper's appendix is not public.
 */
export const Experiment = z.strictObject({
  /** Name of the run folder. */
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dots, dashes and underscores"),
  seed: z.int().min(0).max(0xffffffff).default(1),
  /** Further plugins by package name, or files that the user names on the command line. */
  plugins: z.array(z.string().min(1)).default([]),
  dataset: section,
  setup: z.strictObject({
    normal: selectors,
    /** Default: everything that is not normal. */
    anomalies: selectors.optional(),
    outlierExposure: section.optional(),
    /** Training anomalies that the detector (not the generator) learns from instead of outlier exposure. */
    labelledAnomalies: selectors.optional(),
    /** Images cut off the training part for choosing seed, steps and options. */
    validation: z.int().min(0).default(5000),
  }),
  /** A type with its options, or a model of one's own: { onnx: "path, relative to this file", ... }. */
  detector: detectorSection(training({ steps: 1500, batchSize: 256, learningRate: 1e-3 })),
  generator: section.extend({ training: training({ steps: 1500, batchSize: 64, learningRate: 2e-4 }) }),
  explain: z
    .strictObject({
      /** Largest abs(phi(counterfactual) - alpha) of a valid counterfactual. */
      tolerance: z.number().gt(0).max(1).default(0.25),
      /** Largest mean L1 distance to the original. Default: from the normal images, see `defaultLimits`. */
      eps: z.number().min(0).max(1).optional(),
      /** Smallest mean L1 distance to another concept's counterfactual. Default: as eps. */
      epsPrime: z.number().min(0).max(1).optional(),
    })
    .prefault({}),
  /** Metric types. Default: all that the plugins bring. */
  metrics: z.array(z.string().min(1)).optional(),
})
export type Experiment = z.output<typeof Experiment>
/** An experiment as a user writes it, defaults left out. */
export type ExperimentInput = z.input<typeof Experiment>

/**
 * Checks a config and fills in the defaults.
 * @throws ConfigError "config-unknown-key" naming the nearest known key, "config-invalid" naming path, found, expected.
 */
export function parseExperiment(value: unknown): Experiment {
  return parseConfig(Experiment, value, "The experiment")
}

/** JSON Schema (draft 2020-12) of an experiment as a user writes it, for editors. */
export function experimentJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(Experiment, { io: "input" }) as Record<string, unknown>
}

/** The type of a section and the options beside it, without `training`. */
export function sectionOptions(section: Readonly<Record<string, unknown>> & { readonly type: string }): {
  type: string
  options: Record<string, unknown>
} {
  const { type, training: _, ...options } = section
  return { type, options }
}
