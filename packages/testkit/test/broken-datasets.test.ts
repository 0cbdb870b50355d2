import { type Dataset, dataset, type ImageSource } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, expect, test } from "vitest"
import { z } from "zod"
import { blobs, datasetChecks } from "../src/index.js"
import { failing, pluginOf } from "./failing.js"

beforeAll(() => tf.setBackend("cpu"))

/** A data set whose sources are changed. */
const withSources = (change: (source: ImageSource) => Partial<ImageSource>): Dataset => {
  const set = blobs(20, 1)
  const opened = async (part: Promise<ImageSource>) => {
    const source = await part
    return { ...source, ...change(source) }
  }
  return { ...set, train: () => opened(set.train()), test: () => opened(set.test()) }
}
const reading = (read: (source: ImageSource, indices: readonly number[]) => Promise<Uint8Array>) =>
  withSources((source) => ({ read: (indices) => read(source, indices) }))

let calls = 0
/** What each breaks, and nothing else. */
const broken: Record<string, () => Dataset> = {
  "has a name, classes and a license": () => ({ ...blobs(20, 1), license: "" }),
  "both parts have images, of one shape": () => {
    const set = blobs(20, 1)
    return { ...set, test: async () => ({ ...(await set.test()), shape: [4, 16, 1] }) }
  },
  "labels and attributes name a class and a value for each image": () =>
    withSources(({ length }) => ({
      attributes: { color: new Int32Array(length).fill(2) },
      attributeNames: { color: ["red"] },
    })),
  "images are read in the order asked for": () =>
    reading((source, indices) => source.read([...indices].sort((a, b) => a - b))),
  "reads the same bytes again": () => {
    // A third read differs from the first two.
    const seen = new Map<string, number>()
    return withSources((source) => ({
      async read(indices) {
        const bytes = await source.read(indices)
        const key = `${source.length} ${indices.join()}`
        seen.set(key, (seen.get(key) ?? 0) + 1)
        if (seen.get(key)! > 2) bytes[0]! ^= 1
        return bytes
      },
    }))
  },
  "hands out bytes of its own": () => {
    const memory = new Map<string, Promise<Uint8Array>>()
    return withSources((source) => ({
      read(indices) {
        const key = `${source.length} ${indices.join()}`
        if (!memory.has(key)) memory.set(key, source.read(indices))
        return memory.get(key)!
      },
    }))
  },
  "reads side by side": () => {
    let buffer = new Uint8Array()
    return reading(async (source, indices) => {
      const bytes = await source.read(indices)
      if (buffer.length !== bytes.length) buffer = new Uint8Array(bytes.length)
      buffer.set(bytes)
      return buffer
    })
  },
  "takes a batch of one, and of none": () =>
    reading((source, indices) => source.read(indices.length > 0 ? indices : [0])),
  "an error on a wrong index names it and the length": () =>
    withSources((source) => ({
      read: (indices) => source.read(indices.map((i) => Math.min(Math.max(i, 0), source.length - 1))),
    })),
  "same seed, same images": () => blobs(20, ++calls),
  "fetches nothing when offline": () =>
    reading(async (source, indices) => {
      await fetch("http://127.0.0.1:9/images").catch(() => undefined)
      return source.read(indices)
    }),
  "tensor count is flat over many calls": () =>
    reading(async (source, indices) => {
      tf.scalar(1)
      return source.read(indices)
    }),
}

const checks = (create: () => Dataset) =>
  datasetChecks(
    pluginOf({ datasets: { broken: dataset({ options: z.strictObject({}), create }) } }),
    "broken",
    { calls: 5 },
  )

test.each(Object.entries(broken))("a data set fails exactly: %s", async (name, create) => {
  expect(await failing(checks(create))).toEqual([name])
})

test("every check has a data set that fails it", () => {
  expect(checks(() => blobs(20, 1)).map(({ name }) => name)).toEqual(Object.keys(broken))
})

test("a data set may fetch when it is not offline", async () => {
  const create = broken["fetches nothing when offline"]!
  const plugin = pluginOf({ datasets: { broken: dataset({ options: z.strictObject({}), create }) } })
  const online = datasetChecks(plugin, "broken", { calls: 1, context: { offline: false } })
  expect(await failing(online.filter(({ name }) => name.startsWith("fetches")))).toEqual([])
})
