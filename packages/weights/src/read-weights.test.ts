import { readFileSync } from "node:fs"
import { join } from "node:path"
import { encodeSafetensors } from "@ifnormal/core"
import { expect, test } from "vitest"
import { readWeights } from "./read-weights.js"

test("safetensors and torch.save are told apart by their content", () => {
  const weight = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } as const
  const bytes = encodeSafetensors({ weight, bias: weight })
  expect([...readWeights(bytes)].toSorted()).toEqual([
    ["bias", weight],
    ["weight", weight],
  ])
  expect([...readWeights(bytes, { only: (name) => name === "bias" }).keys()]).toEqual(["bias"])
  for (const name of ["zip.pth", "legacy.pth"]) {
    const file = readFileSync(join(import.meta.dirname, "pytorch/__golden__", name))
    expect(readWeights(file).get("slice")!.shape).toEqual([3, 4])
  }
})

test("what is neither is refused", () => {
  expect(() => readWeights(new TextEncoder().encode("12345678{"))).toThrow(
    expect.objectContaining({ code: "checkpoint-safetensors" }),
  )
  expect(() => readWeights(new TextEncoder().encode("<html>"))).toThrow(
    expect.objectContaining({ code: "weights-format" }),
  )
})
