import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { expect, test } from "vitest"
import { z } from "zod"
import { MeanDetector, ramp, shapes, TableGenerator, thrown } from "../../test/fakes.js"
import type { Detector } from "../contract/detector.js"
import { DataError } from "../contract/errors.js"
import { dataset, definePlugin, detector, generator, metric, type Plugin } from "../contract/plugin.js"
import { createDataset, createDetector, createGenerator, createMetric, createRegistry } from "./registry.js"

const bug = new TypeError("bug")
const context = { inputShape: [2, 2, 1], seed: 1 } as const
const plugin = (parts: Partial<Plugin>) =>
  createRegistry([definePlugin({ name: "third", version: "1.0.0", contract: 1, ...parts })])
const options = z.strictObject({})
const ofDetector = (create: () => Detector | Promise<Detector>) =>
  createDetector(plugin({ detectors: { d: detector({ options, create }) } }), { type: "d" }, context)

/** Keeps a private field, which a proxy around the model would break. */
class Failing extends MeanDetector {
  readonly #error: unknown
  constructor(error: unknown) {
    super()
    this.#error = error
  }
  override rawScore(): tf.Tensor1D {
    throw this.#error
  }
  override async fit(): Promise<void> {
    throw this.#error
  }
}

const failedIn = (what: string, method: string) => ({
  name: "PluginError",
  code: "plugin-failed",
  plugin: "third@1.0.0",
  message: `Plugin third@1.0.0, ${what}, failed in ${method}: bug`,
  cause: bug,
})

test("an error in create names the plugin and the type", async () => {
  const fail = () => {
    throw bug
  }
  expect(await thrown(() => ofDetector(fail))).toMatchObject(failedIn('detector "d"', "create"))
  expect(await thrown(() => ofDetector(async () => fail()))).toMatchObject(failedIn('detector "d"', "create"))
})

test("errors in a detector's methods name the plugin, once, and its class stays", async () => {
  const made = await ofDetector(() => new Failing(bug))
  expect(made).toBeInstanceOf(Failing)
  const x = tf.zeros<tf.Rank.R4>([1, 2, 2, 1])
  expect(await thrown(() => made.rawScore(x))).toMatchObject(failedIn('detector "d"', "rawScore"))
  expect(await thrown(() => made.score(x))).toMatchObject(failedIn('detector "d"', "rawScore"))
  expect(await thrown(() => made.rawScoreBatch(x))).toMatchObject(failedIn('detector "d"', "rawScore"))
  expect(await thrown(() => tf.grad((y) => tf.sum(made.rawScore(y as tf.Tensor4D)))(x))).toMatchObject(
    failedIn('detector "d"', "rawScore"),
  )
  expect(await thrown(() => made.fit({} as never, {} as never))).toMatchObject(
    failedIn('detector "d"', "fit"),
  )
  expect(Object.keys(made)).not.toContain("fit")
  tf.dispose(x)
  made.dispose()
})

test("typed errors keep their class and code, and know the plugin", async () => {
  const typed = new DataError({ code: "data-odd", message: "odd", next: "look" })
  const made = await ofDetector(() => new Failing(typed))
  const error = await thrown(() => made.rawScore({} as never))
  expect(error).toBe(typed)
  expect(error.plugin).toBe("third@1.0.0")
  made.dispose()
})

test.each([
  ["a stop", new DOMException("stopped", "AbortError")],
  ["the engine's", Object.assign(new Error("memory"), { code: "ORT_MEMORY" })],
])("an error that is %s passes as it is", async (_, error) => {
  const made = await ofDetector(() => new Failing(error))
  await expect(made.fit({} as never, {} as never)).rejects.toBe(error)
  made.dispose()
})

test("what is thrown without being an error is told as well", async () => {
  const made = await ofDetector(() => new Failing("just text"))
  expect((await thrown(() => made.rawScore({} as never))).message).toContain("rawScore: just text")
  made.dispose()
})

test("a detector's error inside another plugin's generator names the detector's plugin", async () => {
  const failing = await ofDetector(() => new Failing(bug))
  class Scoring extends TableGenerator {
    override async generate(x: tf.Tensor4D): Promise<tf.Tensor4D> {
      failing.score(x)
      throw new Error("unreached")
    }
  }
  const registry = createRegistry([
    {
      name: "other",
      version: "2.0.0",
      contract: 1,
      generators: { g: generator({ options, create: () => new Scoring([]) }) },
    },
  ])
  const made = await createGenerator(registry, { type: "g" }, { detector: failing, seed: 1 })
  const generate = () => made.generate({} as never, {} as never, {} as never)
  expect(await thrown(generate)).toMatchObject(failedIn('detector "d"', "rawScore"))
  made.dispose()
  failing.dispose()
})

test("metrics and data sets, up to the reading of images, name their plugin", async () => {
  const fail = async () => {
    throw bug
  }
  const set = { ...shapes(), test: fail, train: async () => ({ ...ramp(2), read: fail }) }
  const registry = plugin({
    metrics: { m: metric({ options, create: () => ({ name: "m", compute: fail }) as never }) },
    datasets: { s: dataset({ options, create: () => set }) },
  })
  const made = await createMetric(registry, { type: "m" }, context)
  expect(await thrown(() => made.compute())).toMatchObject(failedIn('metric "m"', "compute"))
  // The same object twice, as of a plugin that keeps its data set.
  for (let time = 0; time < 2; time++) {
    const opened = await createDataset(registry, { type: "s" }, { cacheDir: "", offline: true, seed: 1 })
    const source = await opened.train()
    expect(await thrown(() => source.read([0]))).toMatchObject(failedIn('data set "s"', "read"))
    expect(await thrown(() => opened.test())).toMatchObject(failedIn('data set "s"', "test"))
  }
})
