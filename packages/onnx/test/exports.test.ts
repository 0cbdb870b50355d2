import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, expect, test } from "vitest"
import { importModel, unsupportedOperators } from "../src/import/index.js"
import { deviation, exports, modelBytes } from "./exports.js"

beforeAll(() => tf.setBackend("cpu"))

test.each(Object.keys(exports))("%s scores as onnxruntime does, with PyTorch's gradient", async (name) => {
  expect(unsupportedOperators(modelBytes(name))).toEqual([])
  const before = tf.memory().numTensors
  const model = importModel(modelBytes(name))
  const { score, gradient = 0 } = await deviation(name, model)
  expect(score).toBeLessThan(1e-5)
  expect(gradient).toBeLessThan(1e-4)
  model.dispose()
  expect(tf.memory().numTensors).toBe(before)
})
