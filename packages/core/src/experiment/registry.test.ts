import "@tensorflow/tfjs-backend-cpu"
import { expect, test } from "vitest"
import { z } from "zod"
import { fakes, MeanDetector, shapes, TableGenerator, thrown } from "../../test/fakes.js"
import { dataset, definePlugin, detector, metric, type Plugin } from "../contract/plugin.js"
import { createDataset, createDetector, createGenerator, createMetric, createRegistry } from "./registry.js"

const plugin = (parts: Partial<Plugin>): Plugin => ({ name: "p", version: "1.0.0", contract: 1, ...parts })
const context = { inputShape: [2, 2, 1], seed: 1 } as const

test("types are found with their plugin", () => {
  const registry = createRegistry([fakes])
  expect(registry.detector("mean").plugin.name).toBe("@ifnormal/fakes")
  expect(registry.types("generators")).toEqual(["table"])
})

test("an unknown type is refused with the known ones and the nearest", async () => {
  const registry = createRegistry([fakes])
  expect(await thrown(() => registry.detector("maen"))).toMatchObject({
    name: "PluginError",
    code: "plugin-unknown-type",
    message: 'Unknown detector type "maen". Did you mean "mean"? Expected one of mean.',
  })
  expect((await thrown(() => registry.metric("auroc"))).message).toContain("none is loaded")
  expect(await thrown(() => registry.detector("constructor"))).toMatchObject({ code: "plugin-unknown-type" })
})

test("two plugins with the same type, and plugins of another contract, are refused", async () => {
  expect(await thrown(() => createRegistry([fakes, plugin({ detectors: fakes.detectors })]))).toMatchObject({
    code: "plugin-duplicate",
    message: 'The detector type "mean" comes from both @ifnormal/fakes and p, expected one.',
  })
  expect(await thrown(() => createRegistry([plugin({ contract: 2 })]))).toMatchObject({
    code: "plugin-contract",
  })
  expect(await thrown(() => createRegistry([plugin({ name: "" })]))).toMatchObject({ code: "plugin-unnamed" })
})

test("models are made with checked options and defaults", async () => {
  const registry = createRegistry([fakes])
  const made = await createDetector(registry, { type: "mean", options: { width: 3 } }, context)
  expect(made).toBeInstanceOf(MeanDetector)
  expect(made.variables.gain?.shape).toEqual([3])
  const generator = await createGenerator(registry, { type: "table" }, { detector: made, seed: 1 })
  expect(generator).toBeInstanceOf(TableGenerator)
  expect(generator.concepts).toBe(2)
  for (const model of [made, generator]) model.dispose()
})

test("options that the entry's schema refuses are ConfigErrors", async () => {
  const registry = createRegistry([fakes])
  const refuse = (options: unknown) =>
    thrown(() => createDetector(registry, { type: "mean", options }, context))
  expect(await refuse({ widht: 3 })).toMatchObject({
    name: "ConfigError",
    code: "config-unknown-key",
    message: 'The detector "mean": unknown key "widht". Did you mean "width"? Expected one of width.',
  })
  expect(await refuse({ width: 9 })).toMatchObject({
    code: "config-invalid",
    message: 'The detector "mean": "width" found as 9, expected at most 8.',
  })
})

test("a model of another image shape is refused", async () => {
  const fixed = definePlugin(
    plugin({
      detectors: {
        fixed: detector({ options: z.strictObject({}), create: () => new MeanDetector([4, 4, 3]) }),
      },
    }),
  )
  expect(
    await thrown(() => createDetector(createRegistry([fixed]), { type: "fixed" }, context)),
  ).toMatchObject({
    name: "ShapeError",
    message: 'Detector "fixed" takes images of [4, 4, 3], expected [2, 2, 1].',
  })
})

test("data sets and metrics are made the same way", async () => {
  const made = { name: "m" } as never
  const registry = createRegistry([
    plugin({
      datasets: {
        shapes: dataset({
          options: z.strictObject({ name: z.string() }),
          create: ({ name }) => shapes(name),
        }),
      },
      metrics: { m: metric({ options: z.strictObject({}), create: () => made }) },
    }),
  ])
  const set = await createDataset(
    registry,
    { type: "shapes", options: { name: "mine" } },
    { cacheDir: "cache", offline: true, seed: 1 },
  )
  expect(set.name).toBe("mine")
  expect(await createMetric(registry, { type: "m" }, { inputShape: [1, 1, 1] })).toBe(made)
})

test("sessions reach detectors, generators and metrics, and a call may bring its own", async () => {
  const sessions = { engine: "test", load: async () => Promise.reject(new Error("unused")) }
  const seen: unknown[] = []
  const entry = (make: (context: never) => unknown) => ({
    options: z.strictObject({}),
    create(_: unknown, context: { sessions?: unknown }) {
      seen.push(context.sessions)
      return make(context as never)
    },
  })
  const plugin = {
    name: "p",
    version: "1.0.0",
    contract: 1,
    detectors: { d: entry(({ inputShape }: { inputShape: unknown }) => ({ inputShape })) },
    generators: { g: entry(({ detector }: { detector: object }) => ({ ...detector })) },
    metrics: { m: entry(() => ({})) },
  } as unknown as Plugin
  const registry = createRegistry([plugin], { sessions })
  const inputShape = [1, 1, 1] as const
  const detector = await createDetector(registry, { type: "d" }, { inputShape, seed: 1 })
  await createGenerator(registry, { type: "g" }, { detector, seed: 1 })
  await createMetric(registry, { type: "m" }, { inputShape })
  const other = { ...sessions, engine: "other" }
  await createMetric(registry, { type: "m" }, { inputShape, sessions: other })
  await createMetric(createRegistry([plugin]), { type: "m" }, { inputShape })
  expect(seen).toEqual([sessions, sessions, sessions, other, undefined])
})

test("readFile of the registry reaches a detector, and that of the call comes first", async () => {
  const read: string[] = []
  const reading = definePlugin(
    plugin({
      detectors: {
        reading: detector({
          options: z.strictObject({}),
          async create(_, { readFile }) {
            read.push(new TextDecoder().decode(await readFile?.("a")))
            return new MeanDetector()
          },
        }),
      },
    }),
  )
  const readFile = (text: string) => async () => new TextEncoder().encode(text)
  const registry = createRegistry([reading], { readFile: readFile("registry") })
  ;(await createDetector(registry, { type: "reading" }, context)).dispose()
  ;(await createDetector(registry, { type: "reading" }, { ...context, readFile: readFile("call") })).dispose()
  expect(read).toEqual(["registry", "call"])
})
