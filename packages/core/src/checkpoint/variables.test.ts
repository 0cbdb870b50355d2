import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { afterEach, expect, test } from "vitest"
import { thrown } from "../../test/fakes.js"
import type { StoredTensor } from "../contract/training.js"
import { sha256 } from "./hash.js"
import { encodeSafetensors } from "./safetensors.js"
import { assignVariables, readTensors, weightsHash } from "./variables.js"

const made: tf.Variable[] = []
function model() {
  const variables = {
    weight: tf.tidy(() => tf.variable(tf.tensor2d([1, 2, 3, 4], [2, 2]))),
    count: tf.tidy(() => tf.variable(tf.scalar(5, "int32"))),
    mask: tf.tidy(() => tf.variable(tf.tensor1d([true, false], "bool"))),
  }
  made.push(...Object.values(variables))
  return variables
}
afterEach(() => {
  for (const variable of made.splice(0)) variable.dispose()
})

test("variables are read and assigned back bit by bit, without leaks", async () => {
  const from = model()
  const to = model()
  to.weight.assign(tf.tidy(() => tf.zerosLike(to.weight)))
  const before = tf.memory().numTensors
  const stored = await readTensors(from)
  expect(stored.mask?.dtype).toBe("uint8")
  assignVariables(to, stored)
  expect(tf.memory().numTensors).toBe(before)
  expect([...to.weight.dataSync()]).toEqual([1, 2, 3, 4])
  expect(await weightsHash(to)).toBe(await weightsHash(from))
  expect(await weightsHash(from)).toBe(sha256(encodeSafetensors(stored)))
})

test("what was read does not change with the variable", async () => {
  const { weight } = model()
  const stored = await readTensors({ weight })
  weight.assign(tf.tidy(() => tf.fill([2, 2], 9)))
  expect([...stored.weight!.data]).toEqual([1, 2, 3, 4])
})

test("a missing, superfluous or differing tensor is refused and nothing is assigned", async () => {
  const variables = model()
  const stored = await readTensors(variables)
  const fresh: Record<string, StoredTensor> = {
    ...stored,
    weight: { ...stored.weight!, data: Float32Array.of(9, 9, 9, 9) },
  }
  const { count: _, ...missing } = fresh
  const refuse = (tensors: typeof stored) => thrown(() => assignVariables(variables, tensors, "runs/a"))
  expect(await refuse(missing)).toMatchObject({
    name: "CheckpointError",
    code: "checkpoint-shape",
    message: 'runs/a does not fit the model: "count" is missing.',
  })
  expect((await refuse({ ...fresh, extra: stored.count! })).message).toContain('"extra" is unknown')
  expect((await refuse({ ...fresh, count: { ...stored.count!, shape: [1] } })).message).toContain(
    '"count" found as int32 [1], expected int32 []',
  )
  expect((await refuse({ ...fresh, mask: { ...stored.mask!, dtype: "int32" } })).message).toContain(
    "uint8 [2]",
  )
  expect([...variables.weight.dataSync()]).toEqual([1, 2, 3, 4])
})

test("sha256 agrees with the published test vector", () => {
  expect(sha256(new TextEncoder().encode("abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  )
})
