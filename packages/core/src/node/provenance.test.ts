import { expect, test } from "vitest"
import { machine, versions } from "./provenance.js"

test("the machine is described", () => {
  const { cpu, cores, memoryGiB, platform } = machine()
  expect(cpu).not.toBe("")
  expect(cores).toBeGreaterThan(0)
  expect(memoryGiB).toBeGreaterThan(0)
  expect(platform).toContain(process.platform)
})

test("versions of node, core and the packages that are installed", () => {
  const found = versions(["@tensorflow/tfjs-core", "zod", "no-such-package"], import.meta.url)
  expect(found).toMatchObject({ node: process.versions.node, "@tensorflow/tfjs-core": "4.22.0" })
  expect(found["@ifnormal/core"]).toMatch(/^\d+\.\d+\.\d+/)
  expect(found.zod).toMatch(/^4\./)
  expect(found).not.toHaveProperty("no-such-package")
})
