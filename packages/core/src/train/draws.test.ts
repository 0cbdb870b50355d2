import "../tfjs-setup.js"
import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, expect, test } from "vitest"
import { objectiveDefaults } from "../objective/objective.js"
import { draw } from "./draws.js"
import type { CounterfactualNetworks } from "./networks.js"

beforeAll(() => tf.setBackend("cpu"))

const networks = (permutesChannels: boolean) =>
  ({
    inputShape: [4, 4, 3],
    concepts: 2,
    noiseShape: (batch: number) => [batch, 2, 2, 3] as const,
    permutesChannels,
  }) as unknown as CounterfactualNetworks
const size = { batch: 64, pairs: 96, seed: 3, step: 7 }

test("R sees each pair with its channels in one of all orders, the same for the same seed and step", async () => {
  const { view } = draw(networks(true), objectiveDefaults, size)
  const matrices = (await view.channels!.array()) as number[][][]
  expect(matrices).toHaveLength(96)
  const orders = matrices.map((matrix) => matrix.map((row) => row.indexOf(1)))
  for (const [i, order] of orders.entries()) {
    expect(order.toSorted()).toEqual([0, 1, 2])
    expect(matrices[i]!.flat().reduce((sum, value) => sum + value, 0)).toBe(3)
  }
  expect(new Set(orders.map(String)).size).toBe(6)
  const again = draw(networks(true), objectiveDefaults, size)
  expect(await again.view.channels!.array()).toEqual(matrices)
  const next = draw(networks(true), objectiveDefaults, { ...size, step: 8 })
  expect(await next.view.channels!.array()).not.toEqual(matrices)
})

test("without permutation the channels stay as they are and the noise is the same", async () => {
  const fixed = draw(networks(false), objectiveDefaults, size).view
  const permuted = draw(networks(true), objectiveDefaults, size).view
  expect(fixed.channels).toBeUndefined()
  expect(await fixed.noise!.data()).toEqual(await permuted.noise!.data())
})
