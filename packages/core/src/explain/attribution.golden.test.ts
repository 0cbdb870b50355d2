import { readFileSync } from "node:fs"
import "@tensorflow/tfjs-backend-cpu"
import "../tfjs-setup.js"
import * as tf from "@tensorflow/tfjs-core"
import { expect, test } from "vitest"
import { MeanDetector } from "../../test/fakes.js"
import { type AttributionKind, attribute } from "./attribution.js"

const golden = JSON.parse(readFileSync(new URL("./attribution.golden.json", import.meta.url), "utf8"))
const { weights } = golden

/** The network of tools/reference/attribution.py. */
class GoldenDetector extends MeanDetector {
  override rawScore(x: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => {
      const first = tf.tanh(tf.add(tf.conv2d(x, tf.tensor4d(weights.conv1), 1, "same"), weights.bias1))
      const second = tf.add(
        tf.conv2d(first as tf.Tensor4D, tf.tensor4d(weights.conv2), 2, "valid"),
        weights.bias2,
      )
      const flat = tf.reshape(tf.sigmoid(second), [-1, 27])
      return tf.sum(tf.mul(flat, tf.tensor1d(weights.linear)), 1).add(weights.bias[0]) as tf.Tensor1D
    })
  }
}

test.each<AttributionKind>(["gradient", "integrated-gradients", "occlusion"])(
  "%s agrees with captum to 1e-5",
  async (kind) => {
    const detector = new GoldenDetector([7, 7, 2])
    const x = tf.tensor4d(golden.images)
    const scores = [...(await detector.rawScore(x).data())]
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo(golden.score[i], 5)
    })
    const { signed } = await attribute(x, detector, {
      kind,
      of: "raw",
      steps: 50,
      baseline: 0.25,
      patch: 3,
      stride: 1,
    })
    for (const [i, map] of signed.entries()) {
      const expected = (golden[kind][i] as number[][]).flat()
      expect(map.length).toBe(49)
      map.forEach((value, at) => {
        expect(Math.abs(value - (expected[at] as number))).toBeLessThan(1e-5)
      })
    }
  },
)
