import { type MetricInput, metric } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, expect, test } from "vitest"
import { z } from "zod"
import { MeanChange, metricChecks } from "../src/index.js"
import { failing, pluginOf } from "./failing.js"

beforeAll(() => tf.setBackend("cpu"))

/** What each breaks, and nothing else. */
const broken: Record<string, new () => MeanChange> = {
  "has a name, an ideal and a direction": class extends MeanChange {
    override readonly name = ""
  },
  "without images there is no value, and a reason": class extends MeanChange {
    override async compute() {
      return this.count === 0 ? { value: 0, n: 0 } : super.compute()
    }
  },
  "a value comes with n, and lies in its interval": class extends MeanChange {
    override async compute() {
      const result = await super.compute()
      return { ...result, interval: [result.value + 0.1, result.value + 0.2] as const }
    }
  },
  "reset forgets everything": class extends MeanChange {
    override reset() {
      this.count = 0
    }
  },
  "two updates give what one gives": class extends MeanChange {
    override async update(input: MetricInput) {
      const [sum, count] = [this.sum, this.count]
      await super.update(input)
      // The mean of the means of batches.
      if (this.count > count) this.sum = sum + ((this.sum - sum) / (this.count - count)) * 4
      if (this.count > count) this.count = count + 4
    }
  },
  "computes the same twice": class extends MeanChange {
    override async compute() {
      const result = await super.compute()
      this.sum *= 1.5
      return result
    }
  },
  "takes a batch of one": class extends MeanChange {
    override async compute() {
      const result = await super.compute()
      return this.count === 1 ? { ...result, value: Number.NaN } : result
    }
  },
  "works without concept logits": class extends MeanChange {
    override async update(input: MetricInput) {
      if (input.role === "counterfactual") input.conceptLogits!.dataSync()
      await super.update(input)
    }
  },
  "a NaN among the scores is not hidden": class extends MeanChange {
    override async update(input: MetricInput) {
      await super.update(input)
      if (input.role !== "counterfactual") return
      for (const score of input.phi) if (score > 0) this.sum += score
    }
  },
  "an error on a wrong shape names both shapes": class extends MeanChange {
    override async update(input: MetricInput) {
      if (input.role !== "counterfactual") return
      const originals = tf.slice(input.originals, 0, input.images.shape)
      await super.update({ ...input, originals })
      originals.dispose()
    }
  },
  "does not change its input": class extends MeanChange {
    override async update(input: MetricInput) {
      input.scores.sort()
      await super.update(input)
    }
  },
  "tensor count is flat over many calls": class extends MeanChange {
    override async update(input: MetricInput) {
      tf.scalar(1)
      await super.update(input)
    }
  },
}

const checks = (Broken: new () => MeanChange) =>
  metricChecks(
    pluginOf({ metrics: { broken: metric({ options: z.strictObject({}), create: () => new Broken() }) } }),
    "broken",
    { inputShape: [8, 6, 3], calls: 5 },
  )

test.each(Object.entries(broken))("a metric fails exactly: %s", async (name, Broken) => {
  expect(await failing(checks(Broken))).toEqual([name])
})

test("every check has a metric that fails it", () => {
  expect(checks(MeanChange).map(({ name }) => name)).toEqual(Object.keys(broken))
})
