import * as tf from "@tensorflow/tfjs-core"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import "@tensorflow/tfjs-backend-cpu"
import "./tfjs-setup.js"
import { compiled } from "./compiled.js"

beforeEach(() => tf.setBackend("cpu"))
afterEach(() => {
  Reflect.deleteProperty(tf.backend(), "replayed")
})

test("an engine without replay runs the program as it is", () => {
  const twice = compiled((x: tf.Tensor1D) => x.mul<tf.Tensor1D>(2))
  expect(Array.from(twice(tf.tensor1d([1, 2])).dataSync())).toEqual([2, 4])
})

test("an engine with replay is handed the program once", () => {
  const replayed = vi.fn((program: (...inputs: tf.Tensor[]) => tf.Tensor) => program)
  Object.assign(tf.backend(), { replayed })
  const sum = compiled((x: tf.Tensor1D, y: tf.Tensor1D) => x.add<tf.Tensor1D>(y))
  const [x, y] = [tf.tensor1d([1]), tf.tensor1d([2])]
  for (let i = 0; i < 3; i++) expect(sum(x, y).dataSync()[0]).toBe(3)
  expect(replayed).toHaveBeenCalledTimes(1)
})
