import { type Detector, type GeneratedBatch, generator } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { FadeGenerator, generatorChecks, runChecks } from "../src/index.js"
import { failing, pluginOf } from "./failing.js"

const inputShape = [8, 6, 3] as const
beforeAll(() => tf.setBackend("cpu"))

type Generate = Parameters<FadeGenerator["generate"]>

/** With everything that a generator may have. */
class Whole extends FadeGenerator {
  constructor(
    protected readonly detector: Detector,
    seed: number,
  ) {
    super(detector.inputShape, 2, seed)
  }
  override async generateAll(
    x: tf.Tensor4D,
    alpha: tf.Tensor1D,
    concepts: readonly number[],
    _signal?: AbortSignal,
  ): Promise<readonly GeneratedBatch[]> {
    const batches: GeneratedBatch[] = []
    for (const concept of concepts) {
      const filled = tf.fill([x.shape[0]], concept, "int32") as tf.Tensor1D
      batches.push({ images: await this.generate(x, alpha, filled), notes: Array(x.shape[0]).fill("faded") })
      filled.dispose()
    }
    return batches
  }
}

/** Changes what another generator made. */
async function changed(made: Promise<tf.Tensor4D>, change: (images: tf.Tensor4D) => tf.Tensor) {
  const images = await made
  const out = tf.tidy(() => change(images)) as tf.Tensor4D
  images.dispose()
  return out
}

let made = 0
/** What each breaks, and nothing else. */
const broken: Record<string, new (detector: Detector, seed: number) => Whole> = {
  "counterfactuals have the images' shape and lie in [0, 1]": class extends Whole {
    override generate(...args: Generate) {
      return changed(super.generate(...args), (images) => tf.add(images, 1))
    }
    override async generateAll(x: tf.Tensor4D, _: tf.Tensor1D, concepts: readonly number[]) {
      return concepts.map(() => ({ images: x.clone() }))
    }
  },
  "an image's counterfactual does not depend on its batch": class extends Whole {
    override generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D) {
      const average = tf.tidy(() => tf.add(tf.mul(alpha, 0), tf.mean(alpha)) as tf.Tensor1D)
      return super.generate(x, average, concept).finally(() => average.dispose())
    }
  },
  "concept logits have shape [batch, K]": class extends Whole {
    override conceptLogits(...args: [tf.Tensor4D, tf.Tensor4D]) {
      return tf.tidy(() => tf.slice(super.conceptLogits(...args), [0, 0], [-1, 1]))
    }
  },
  "generateAll gives one batch for each concept": class extends Whole {
    override async generateAll(...args: Parameters<Whole["generateAll"]>) {
      const batches = await super.generateAll(...args)
      return args[3]?.aborted ? batches : batches.map(({ images }) => ({ images, notes: ["one for all"] }))
    }
  },
  "generateAll gives what it has when it is stopped": class extends Whole {
    override async generateAll(...args: Parameters<Whole["generateAll"]>) {
      return args[3]?.aborted ? [] : super.generateAll(...args)
    }
  },
  "training leaves the detector as it is": class extends Whole {
    override async fit(...args: Parameters<FadeGenerator["fit"]>) {
      await super.fit(...args)
      const { center } = this.detector.variables
      tf.tidy(() => center!.assign(tf.mul(center!, 1.01)))
    }
  },
  "tensor count is flat over many calls": class extends Whole {
    private readonly kept: tf.Tensor[] = []
    override async generate(...args: Generate) {
      this.kept.push(tf.scalar(1))
      return super.generate(...args)
    }
    override async generateAll(x: tf.Tensor4D, _: tf.Tensor1D, concepts: readonly number[]) {
      return concepts.map(() => ({ images: x.clone() }))
    }
    override dispose() {
      tf.dispose(this.kept)
      super.dispose()
    }
  },
  "does not change its input": class extends Whole {
    override async generate(...args: Generate) {
      // The cpu backend hands out its own memory.
      args[0].dataSync()[0]! += 1e-6
      return super.generate(...args)
    }
  },
  "takes a batch of one": class extends Whole {
    override generate(...args: Generate) {
      return changed(super.generate(...args), (images) =>
        images.shape[0] === 1 ? tf.squeeze(images, [0]) : tf.clone(images),
      )
    }
  },
  "an error on a wrong shape names both shapes": class extends Whole {
    override async generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D) {
      const cut = tf.slice(x, 0, [-1, ...inputShape])
      return super.generate(cut, alpha, concept).finally(() => cut.dispose())
    }
  },
  "same seed, same weights": class extends Whole {
    constructor(detector: Detector, seed: number) {
      super(detector, seed)
      const { center } = this.variables
      tf.tidy(() => center!.assign(tf.add(center!, ++made / 1000)))
    }
  },
  "training goes on where it was interrupted": class extends Whole {
    override async fit(...args: Parameters<FadeGenerator["fit"]>) {
      await super.fit(...args)
      const [, { resume, saveState }] = args
      await saveState?.({ step: 1, tensors: {} })
      const { center } = this.variables
      if (resume) tf.tidy(() => center!.assign(tf.mul(center!, 0.9)))
    }
  },
  "saved and loaded, the output is bit-equal": class extends Whole {
    private scale = 1
    override async fit(...args: Parameters<FadeGenerator["fit"]>) {
      await super.fit(...args)
      this.scale = 0.5
    }
    override generate(...args: Generate) {
      return changed(super.generate(...args), (images) => tf.mul(images, this.scale))
    }
  },
  "dispose frees everything": class extends Whole {
    readonly forgotten = tf.keep(tf.scalar(1))
  },
}

const checks = (Broken: new (detector: Detector, seed: number) => Whole) =>
  generatorChecks(
    pluginOf({
      generators: {
        broken: generator({
          options: z.strictObject({}),
          create: (_, { detector, seed }) => new Broken(detector, seed),
        }),
      },
    }),
    "broken",
    { inputShape, calls: 5 },
  )

describe("a generator with generateAll keeps every promise", () => runChecks(test, checks(Whole)))

test.each(Object.entries(broken))("a generator fails exactly: %s", async (name, Broken) => {
  expect(await failing(checks(Broken))).toEqual([name])
})

test("every check has a generator that fails it", () => {
  expect(checks(Whole).map(({ name }) => name)).toEqual(Object.keys(broken))
})
