// A foreign model on the ort engine: the same scores and gradients as PyTorch's, replayed or not.
import { sessionRunner } from "@ifnormal/backend-ort"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, expect, test } from "vitest"
import { exports, goldenTensor, modelBytes } from "../../onnx/test/exports.js"
import { onnxDetector } from "./index.js"

beforeAll(async () => void (await tf.setBackend("ort")))

test.each(["resnet-d18", "unet-t17", "vit-t17", "swin-d18", "autoencoder-d20", "anomalib-patchcore-d18"])(
  "%s",
  async (name) => {
    const { input, output } = exports[name]!
    const detector = await onnxDetector({ model: modelBytes(name), sessions: sessionRunner(), output })
    expect({ gradients: detector.gradients, note: detector.note }).toEqual({
      gradients: "exact",
      note: undefined,
    })
    const x = tf.tidy(() => tf.transpose(goldenTensor(input)!, [0, 2, 3, 1]) as tf.Tensor4D)
    const expected = tf.tidy(() => [...goldenTensor(`${name}/score`)!.dataSync()])
    for (let call = 0; call < 3; call++) {
      const raw = await detector.rawScoreBatch(x)
      for (const [i, score] of (await raw.data()).entries())
        expect(Math.abs(score - expected[i]!) / Math.max(1, Math.abs(expected[i]!))).toBeLessThan(1e-5)
      raw.dispose()
    }
    const deviation = tf.tidy(() => {
      const gradient = tf.grad((x: tf.Tensor) => tf.sum(detector.rawScore(x as tf.Tensor4D)) as tf.Scalar)(x)
      const golden = tf.transpose(goldenTensor(`${name}/gradient`)!, [0, 2, 3, 1])
      return tf.div(tf.max(tf.abs(tf.sub(gradient, golden))), tf.max(tf.abs(golden)))
    })
    expect((await deviation.data())[0]).toBeLessThan(1e-4)
    tf.dispose([x, deviation])
    detector.dispose()
  },
)
