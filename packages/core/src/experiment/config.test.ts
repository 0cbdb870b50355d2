import { expect, test } from "vitest"
import { z } from "zod"
import { thrown } from "../../test/fakes.js"
import {
  type Experiment,
  type ExperimentInput,
  experimentJsonSchema,
  parseExperiment,
  sectionOptions,
} from "./config.js"
import { parseConfig } from "./issues.js"

const smallest: ExperimentInput = {
  name: "demo",
  dataset: { type: "colored-mnist" },
  setup: { normal: ["one", { color: "cyan" }] },
  detector: { type: "bce" },
  generator: { type: "gan" },
}
/** The smallest experiment with one value changed, by dotted path. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(smallest) as unknown as Record<string, unknown>
  const keys = path.split(".")
  const last = keys.pop() as string
  let inner = copy
  for (const key of keys) inner = (inner[key] ??= {}) as Record<string, unknown>
  inner[last] = value
  return copy
}

test("defaults are filled in, and a parsed experiment parses to itself", () => {
  const experiment = parseExperiment(smallest)
  expect(experiment).toMatchObject({
    seed: 1,
    plugins: [],
    setup: { validation: 5000 },
    explain: { tolerance: 0.25 },
  })
  expect(experiment.detector.training.learningRate).toBe(1e-3)
  expect(parseExperiment(experiment)).toEqual(experiment)
})

test("options of a type pass through to the registry", () => {
  const experiment: Experiment = parseExperiment(
    changed("detector", { type: "bce", width: 8, training: { steps: 5 } }),
  )
  expect(experiment.detector.training).toEqual({ steps: 5, batchSize: 256, learningRate: 1e-3 })
  expect(sectionOptions(experiment.detector)).toEqual({ type: "bce", options: { width: 8 } })
})

test("a detector's own model is written as { onnx }", async () => {
  const { detector } = parseExperiment(changed("detector", { onnx: "./model.onnx", output: "score" }))
  expect(detector).toEqual({
    type: "onnx",
    model: "./model.onnx",
    output: "score",
    training: { steps: 1500, batchSize: 256, learningRate: 1e-3 },
  })
  const error = await thrown(() =>
    parseExperiment(changed("detector", { onnx: "a", training: { stpes: 1 } })),
  )
  expect(error.message).toContain('unknown key "detector.training.stpes". Did you mean "steps"?')
  expect((await thrown(() => parseExperiment(changed("detector", { onnx: 3 })))).message).toContain(
    '"detector.type" found as nothing',
  )
})

test.each([
  ["sed", "seed"],
  ["setup.nromal", "normal"],
  ["explain.tolerence", "tolerance"],
  ["generator.training.learningrate", "learningRate"],
])("unknown key %s: the nearest is %s", async (path, name) => {
  const error = await thrown(() => parseExperiment(changed(path, 1)))
  expect(error).toMatchObject({ name: "ConfigError", code: "config-unknown-key" })
  expect(error.message).toContain(`unknown key "${path}". Did you mean "${name}"?`)
})

test.each<[string, unknown, string]>([
  ["seed", -1, '"seed" found as -1, expected at least 0'],
  ["seed", 1.5, '"seed" found as 1.5, expected a whole number'],
  ["seed", Number.NaN, '"seed" found as NaN, expected a number'],
  ["name", "../up", '"name" found as "../up", expected letters'],
  ["explain.tolerance", 2, '"explain.tolerance" found as 2, expected at most 1'],
  ["generator.training.steps", 0, '"generator.training.steps" found as 0, expected at least 1'],
  ["generator.training.learningRate", 0, "expected more than 0"],
  ["setup.normal", [], "expected a list of at least 1 items"],
  ["setup.normal", "one", '"setup.normal" found as "one", expected an array'],
  ["setup.normal", [7], '"setup.normal.0" found as 7, expected a string or an object'],
  ["setup.normal", [{ color: 3 }], '"setup.normal.0.color" found as 3, expected a string'],
  ["dataset", {}, '"dataset.type" found as nothing, expected a string'],
  ["detector", undefined, '"detector" found as nothing, expected an object'],
])("%s = %j is refused", async (path, value, text) => {
  const error = await thrown(() => parseExperiment(changed(path, value)))
  expect(error).toMatchObject({ name: "ConfigError", code: "config-invalid" })
  expect(error.message).toContain(text)
  expect(error.next).not.toBe("")
})

test.each([undefined, null, 3, "text", []])("%j is no experiment", async (value) => {
  expect(await thrown(() => parseExperiment(value))).toMatchObject({
    code: "config-invalid",
    message: expect.stringContaining("expected an object"),
  })
})

test("a value out of a list is refused with the list, long values are cut", async () => {
  const schema = z.strictObject({ loss: z.enum(["bce", "l2"]), one: z.literal(1).optional() })
  const error = await thrown(() => parseConfig(schema, { loss: "x".repeat(200) }, "The options"))
  expect(error.message).toContain('expected one of "bce", "l2"')
  expect(error.message.length).toBeLessThan(160)
})

test("the JSON Schema has every key, needs only what has no default, and is plain JSON", () => {
  const schema = experimentJsonSchema()
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
  expect(schema).toMatchObject({
    type: "object",
    additionalProperties: false,
    required: ["name", "dataset", "setup", "detector", "generator"],
    properties: { detector: { anyOf: [{ required: ["type"] }, { required: ["onnx"] }] } },
  })
})
