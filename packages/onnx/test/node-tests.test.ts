import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, expect, test } from "vitest"
import { type NodeResult, packed, readNodeTests, runNodeTest } from "./node-tests.js"
import { operatorsTable } from "./operators-table.js"

beforeAll(() => tf.setBackend("cpu"))

test("no node test of onnx fails, and OPERATORS.md says which pass", async () => {
  const tests = readNodeTests()
  expect(tests).toHaveLength(packed.tests)
  const results: NodeResult[] = []
  for (const each of tests) results.push(await runNodeTest(each))
  await expect(operatorsTable(tests, results)).toMatchFileSnapshot("../OPERATORS.md")
  expect(results.filter(({ status }) => status === "failed")).toEqual([])
})
