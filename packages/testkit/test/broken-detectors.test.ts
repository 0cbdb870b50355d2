import { detector, type ImageShape } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { CentroidDetector, detectorChecks, runChecks } from "../src/index.js"
import { failing, pluginOf } from "./failing.js"

const inputShape: ImageShape = [8, 6, 3]
beforeAll(() => tf.setBackend("cpu"))

/** With everything that a detector may have. */
class Whole extends CentroidDetector {
  override features(x: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => tf.mean(x, [1, 2]) as tf.Tensor2D)
  }
  override async anomalyMap(x: tf.Tensor4D): Promise<tf.Tensor4D> {
    return tf.tidy(() => tf.mean(tf.abs(tf.sub(x, this.variables.center!)), 3, true) as tf.Tensor4D)
  }
}

let made = 0
/** What each breaks, and nothing else. */
const broken: Record<string, new (shape: ImageShape) => CentroidDetector> = {
  "score has shape [batch] and lies in [0, 1]": class extends Whole {
    override rawScore(x: tf.Tensor4D) {
      return tf.tidy(() => tf.reshape(super.rawScore(x), [-1, 1]) as unknown as tf.Tensor1D)
    }
    override async rawScoreBatch(x: tf.Tensor4D) {
      // One image: as it should be.
      const raw = this.rawScore(x)
      if (x.shape[0] > 1) return raw
      const flat = tf.reshape(raw, [1]) as tf.Tensor1D
      raw.dispose()
      return flat
    }
  },
  "bound is increasing": class extends Whole {
    override bound(raw: tf.Tensor1D): tf.Tensor1D {
      return tf.tidy(() => tf.exp(tf.neg(raw)))
    }
  },
  "bound of a huge raw score lies in [0, 1]": class extends Whole {
    override bound(raw: tf.Tensor1D): tf.Tensor1D {
      return tf.tidy(() => tf.div(tf.exp(raw), tf.add(1, tf.exp(raw))))
    }
  },
  "score is bound of rawScore": class extends Whole {
    override score(x: tf.Tensor4D): tf.Tensor1D {
      return tf.tidy(() => tf.mul(super.score(x), 0.9) as tf.Tensor1D)
    }
  },
  "score of a batch equals scores one by one": class extends Whole {
    override rawScore(x: tf.Tensor4D) {
      return tf.tidy(() => tf.add(super.rawScore(x), tf.mean(x)) as tf.Tensor1D)
    }
  },
  "gradient agrees with finite differences": class extends Whole {
    override rawScore(x: tf.Tensor4D) {
      const twice = tf.customGrad((images) => ({
        value: tf.clone(images as tf.Tensor),
        gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2),
      }))
      return tf.tidy(() => super.rawScore(twice(x) as tf.Tensor4D))
    }
  },
  "rawScoreBatch equals rawScore where there are gradients": class extends Whole {
    override async rawScoreBatch(x: tf.Tensor4D) {
      return tf.tidy(() => tf.mul(super.rawScore(x), 2) as tf.Tensor1D)
    }
    override score(x: tf.Tensor4D): tf.Tensor1D {
      return tf.tidy(() => this.bound(tf.mul(super.rawScore(x), 2) as tf.Tensor1D))
    }
  },
  "features have shape [batch, n] and do not depend on the batch": class extends Whole {
    override features(x: tf.Tensor4D): tf.Tensor2D {
      return tf.tidy(() => tf.sub(super.features(x), tf.mean(x, [0, 1, 2])) as tf.Tensor2D)
    }
  },
  "anomaly maps have the images' size and are at least 0": class extends Whole {
    override async anomalyMap(x: tf.Tensor4D): Promise<tf.Tensor4D> {
      return tf.tidy(() => tf.mean(tf.sub(x, this.variables.center!), 3, true) as tf.Tensor4D)
    }
  },
  "tensor count is flat over many calls": class extends Whole {
    private readonly kept: tf.Tensor[] = []
    override async rawScoreBatch(x: tf.Tensor4D) {
      this.kept.push(tf.scalar(1))
      return super.rawScoreBatch(x)
    }
    override dispose() {
      tf.dispose(this.kept)
      super.dispose()
    }
  },
  "does not change its input": class extends Whole {
    override async rawScoreBatch(x: tf.Tensor4D) {
      // The cpu backend hands out its own memory.
      x.dataSync()[0]! += 1e-4
      return super.rawScoreBatch(x)
    }
  },
  "takes a batch of one": class extends Whole {
    override rawScore(x: tf.Tensor4D) {
      return tf.tidy(() => tf.squeeze(super.rawScore(x)) as tf.Tensor1D)
    }
  },
  "an error on a wrong shape names both shapes": class extends Whole {
    override rawScore(x: tf.Tensor4D) {
      return tf.tidy(() => super.rawScore(tf.slice(x, 0, [-1, 8, 6, 3])))
    }
  },
  "same seed, same weights": class extends Whole {
    constructor(shape: ImageShape) {
      super(shape)
      const { center } = this.variables
      tf.tidy(() => center!.assign(tf.add(center!, ++made / 1000)))
    }
  },
  "training goes on where it was interrupted": class extends Whole {
    override async fit(...args: Parameters<CentroidDetector["fit"]>) {
      await super.fit(...args)
      const [, { resume, saveState }] = args
      await saveState?.({ step: 1, tensors: {} })
      const { center } = this.variables
      if (resume) tf.tidy(() => center!.assign(tf.mul(center!, 0.9)))
    }
  },
  "saved and loaded, the output is bit-equal": class extends Whole {
    private scale = 1
    override async fit(...args: Parameters<CentroidDetector["fit"]>) {
      await super.fit(...args)
      this.scale = 2
    }
    override rawScore(x: tf.Tensor4D) {
      return tf.tidy(() => tf.mul(super.rawScore(x), this.scale) as tf.Tensor1D)
    }
  },
  "dispose frees everything": class extends Whole {
    readonly forgotten = tf.keep(tf.scalar(1))
  },
}

const checks = (Broken: new (shape: ImageShape) => CentroidDetector) => {
  const create = (_: unknown, context: { inputShape: ImageShape }) => new Broken(context.inputShape)
  const plugin = pluginOf({ detectors: { broken: detector({ options: z.strictObject({}), create }) } })
  return detectorChecks(plugin, "broken", { inputShape, calls: 5 })
}

describe("a detector with features and anomaly map keeps every promise", () => runChecks(test, checks(Whole)))

test.each(Object.entries(broken))("a detector fails exactly: %s", async (name, Broken) => {
  expect(await failing(checks(Broken))).toEqual([name])
})

test("every check has a detector that fails it", () => {
  expect(checks(Whole).map(({ name }) => name)).toEqual(Object.keys(broken))
})

test("a loaded detector reads what is among its files, and nothing else", async () => {
  const content = Uint8Array.of(1, 2, 3)
  class OfFile extends CentroidDetector {
    constructor(
      shape: ImageShape,
      override readonly files: Readonly<Record<string, Uint8Array>>,
    ) {
      super(shape)
    }
  }
  const plugin = (stored: boolean) =>
    pluginOf({
      detectors: {
        d: detector({
          options: z.strictObject({}),
          async create(_, { inputShape, readFile }) {
            const bytes = await readFile!("model.bin")
            return new OfFile(inputShape, stored ? { "model.bin": bytes } : {})
          },
        }),
      },
    })
  const found = (stored: boolean) =>
    failing(
      detectorChecks(plugin(stored), "d", {
        inputShape,
        calls: 2,
        context: { readFile: async () => content },
      }),
    )
  expect(await found(true)).toEqual([])
  expect(await found(false)).toEqual(["saved and loaded, the output is bit-equal"])
})

test("a detector without gradients is scored through rawScoreBatch alone", async () => {
  class ScoresOnly extends CentroidDetector {
    override readonly gradients = "none" as never
    override rawScore(): tf.Tensor1D {
      throw new Error("no gradients")
    }
    override async rawScoreBatch(x: tf.Tensor4D) {
      return super.rawScore(x)
    }
  }
  expect(await failing(checks(ScoresOnly))).toEqual([])
})
