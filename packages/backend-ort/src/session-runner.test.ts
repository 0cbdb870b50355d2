import { expect, test } from "vitest"
import { exercise, exercised } from "../../onnx/test/session-checks.js"
import { setOptions } from "./options.js"
import { sessionRunner } from "./session-runner.js"

test("onnxruntime-node runs a model, names what it takes, and refuses what it does not", async () => {
  expect(await exercise(sessionRunner())).toEqual(exercised)
})

test("the arena can be off", async () => {
  setOptions({ memory: "low", threads: 1 })
  expect((await exercise(sessionRunner())).y).toEqual(exercised.y)
})
