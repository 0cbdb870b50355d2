import { expect, test } from "vitest"
import { exercise, exercised } from "../../onnx/test/session-checks.js"
import { webSessionRunner } from "./index.js"

test("onnxruntime-web's WebAssembly does in Node what onnxruntime-node does", async () => {
  expect(await exercise(webSessionRunner())).toEqual(exercised)
})
