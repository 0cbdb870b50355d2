import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { beforeAll, expect, test } from "vitest"
import { exclusions } from "./exclusions.js"

interface Run {
  readonly specs: number
  readonly passed: number
  readonly excluded: readonly string[]
  readonly failed: readonly { name: string; message: string }[]
  readonly needlessExclusions: readonly string[]
  readonly ranKernels: number
  readonly native: number
  readonly hostFallback: number
}
interface Report {
  readonly cpu: { readonly specs: number; readonly passed: number }
  readonly passes: Readonly<Record<"on" | "off", Run>>
  readonly kernels: string
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
let report: Report

// A process of its own: the specs are jasmine's and take over the globals.
beforeAll(async () => {
  const args = [path("../scripts/conformance.mjs"), "--json"]
  // A failing spec gives exit status 1 and a report all the same.
  const result = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 }).catch(
    (error: { stdout?: string; stderr?: string }) => {
      if (!error.stdout) throw new Error(error.stderr)
      return { stdout: error.stdout }
    },
  )
  report = JSON.parse(result.stdout) as Report
}, 600_000)

test("the bundle holds tfjs-core's specs", () => {
  expect(report.cpu).toEqual({ specs: 4232, passed: 4227 })
})

test.each(["on", "off"] as const)("passes every spec that tfjs-backend-cpu passes, passes %s", (passes) => {
  const run = report.passes[passes]
  expect(run.failed).toEqual([])
  expect(run.needlessExclusions).toEqual([])
  expect(run.excluded).toEqual(Object.keys(exclusions))
  expect(run.passed).toBe(report.cpu.passed - run.excluded.length)
})

test.each(["on", "off"] as const)("answers nine in ten without the host, passes %s", (passes) => {
  const { ranKernels, native, hostFallback } = report.passes[passes]
  expect(ranKernels).toBeGreaterThan(2800)
  expect(native + hostFallback).toBe(ranKernels)
  expect(native / ranKernels).toBeGreaterThan(0.92)
})

test("KERNELS.md is what `node packages/backend-ort/scripts/kernels-table.mjs` writes", () => {
  expect(readFileSync(path("../KERNELS.md"), "utf8")).toBe(report.kernels)
})
