import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism, cpus, freemem, totalmem } from "node:os"
import type { ProviderState } from "@ifnormal/backend-ort"
import { useBackend } from "../backend.js"
import { describeFailure } from "../exit.js"
import type { GlobalOptions } from "../options.js"
import { Output } from "../output.js"
import { VERSION } from "../version.js"

const GIB = 2 ** 30
const PACKAGES = ["core", "backend-ort", "detectors", "generators", "metrics", "datasets", "report"]

/** `ifnormal doctor`: what is there and whether the engine computes. */
export async function doctor(options: GlobalOptions): Promise<void> {
  const output = new Output(options)
  const found = {
    ok: true,
    ifnormal: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: round(totalmem() / GIB),
    freeMemoryGiB: round(freemem() / GIB),
    engine: await engineState(options),
    providers: await providerStates(),
    packages: versions(),
    offline: options.offline
      ? "yes (--offline): nothing opens a connection"
      : "no: only `data fetch` opens a connection",
    model: existsSync(new URL("../models/colored-mnist/generator/manifest.json", import.meta.url))
      ? "shipped model found"
      : "shipped model missing",
  }
  found.ok = found.engine.ok === true
  output.result(found, describe(found))
  if (!found.ok) process.exitCode = 6
}

type EngineState = { readonly ok: boolean; readonly backend: string } & Readonly<Record<string, unknown>>

// A small convolution with a known answer: an engine that loads but computes wrongly is worse than none.
async function engineState(options: GlobalOptions): Promise<EngineState> {
  try {
    const backend = await useBackend(options)
    const tf = await import("@tensorflow/tfjs-core")
    const sum = tf.tidy(() =>
      tf.sum(
        tf.conv2d(
          tf.ones([1, 8, 8, 4]) as import("@tensorflow/tfjs-core").Tensor4D,
          tf.ones([3, 3, 4, 8]) as import("@tensorflow/tfjs-core").Tensor4D,
          1,
          "valid",
        ),
      ),
    )
    const [value] = await sum.data()
    sum.dispose()
    const expected = 6 * 6 * 8 * 3 * 3 * 4
    const ok = value === expected
    const detail = options.backend === "ort" ? (await import("@ifnormal/backend-ort")).engineInfo() : {}
    return {
      ok,
      backend: options.backend,
      ...backend,
      ...detail,
      convolution: ok ? "right" : `${value}, expected ${expected}`,
    }
  } catch (error) {
    const { code, message, next } = describeFailure(error)
    return { ok: false, backend: options.backend, error: { code, message, next } }
  }
}

/** What `--provider` can name here; the gpu ones are unmeasured. */
async function providerStates(): Promise<Record<string, string>> {
  const states = await import("@ifnormal/backend-ort")
    .then(({ providers }) => providers())
    .catch((): readonly ProviderState[] => [])
  return Object.fromEntries(
    states.map((state) => [
      state.name,
      state.available ? "works" : `not here: ${state.reason}. ${state.next}`,
    ]),
  )
}

function versions(): Record<string, string> {
  const load = createRequire(import.meta.url)
  const found: Record<string, string> = {}
  for (const name of [...PACKAGES.map((name) => `@ifnormal/${name}`), "@tensorflow/tfjs-core"])
    found[name] = versionOf(load, name)
  return found
}

function versionOf(load: NodeJS.Require, name: string): string {
  try {
    return (load(`${name}/package.json`) as { version: string }).version
  } catch {
    return "not installed"
  }
}

function describe(found: { readonly ok: boolean } & Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(found)
    .filter(([name]) => name !== "ok")
    .flatMap(([name, value]) =>
      typeof value === "object" && value !== null
        ? [name, ...Object.entries(value).map(([inner, shown]) => `  ${inner.padEnd(24)}${show(shown)}`)]
        : [`${name.padEnd(26)}${show(value)}`],
    )
  return [...lines, found.ok ? "All good." : "The engine does not work here."].join("\n")
}

function show(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
