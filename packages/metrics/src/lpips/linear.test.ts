import { readFileSync } from "node:fs"
import { sha256 } from "@ifnormal/core"
import { readPyTorch } from "@ifnormal/weights"
import { expect, test } from "vitest"
import { linearLayers } from "./linear.js"
import { tapChannels } from "./trunks.js"

// github.com/richzhang/PerceptualSimilarity, lpips/weights/v0.1, commit 082bb24f
test.each([
  ["alex", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"],
  ["vgg", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868"],
  ["squeeze", "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76"],
] as const)("%s: the shipped file is the authors' and the code holds its numbers", (trunk, hash) => {
  const bytes = readFileSync(new URL(`../../models/lpips-v0.1/${trunk}.pth`, import.meta.url))
  expect(sha256(bytes)).toBe(hash)
  const state = [...readPyTorch(bytes)]
  expect(state.map(([name, { shape }]) => [name, ...shape])).toEqual(
    tapChannels(trunk).map((channels, l) => [`lin${l}.model.1.weight`, 1, channels, 1, 1]),
  )
  const layers = linearLayers(trunk)
  expect(layers).toEqual(state.map(([, { data }]) => data))
  expect(layers.every((layer) => layer.every((weight) => weight >= 0))).toBe(true)
})
