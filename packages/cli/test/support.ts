import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Image } from "@ifnormal/core"
import { encodeIdx } from "@ifnormal/datasets"
import { encodePng } from "../src/png.js"

const bin = fileURLToPath(new URL("../bin/ifnormal.mjs", import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly finished: Promise<Finished>
  readonly kill: (signal: NodeJS.Signals) => void
  /** What it has written there until now. */
  readonly stderr: () => string
}

/** Starts the built command line in `cwd`. */
export function start(cwd: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { ...process.env, IFNORMAL_CACHE: join(cwd, "cache"), IFNORMAL_DEBUG: "" },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (bytes) => (stdout += bytes))
  child.stderr.on("data", (bytes) => (stderr += bytes))
  const finished = new Promise<Finished>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  )
  return { finished, kill: (signal) => child.kill(signal), stderr: () => stderr }
}

/** Runs the built command line in `cwd`. */
export function ifnormal(cwd: string, ...args: string[]): Promise<Finished> {
  return start(cwd, ...args).finished
}

/** A new folder with a small data set in MNIST's format and a small experiment.json. */
export async function tinyWorkplace(): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), "ifnormal-cli-"))
  await writeTinyMnist(join(cwd, "digits"))
  await writeFile(join(cwd, "tiny.json"), JSON.stringify(tinyExperiment()))
  return cwd
}

/** The smallest experiment that trains everything: a few steps, two channels. */
export function tinyExperiment() {
  return {
    name: "tiny",
    seed: 3,
    dataset: { type: "colored-mnist", folder: "digits", verify: false },
    setup: {
      normal: ["one", { color: "cyan" }],
      outlierExposure: { type: "letters", count: 40, testCount: 8 },
      validation: 100,
    },
    detector: { type: "bce", width: 2, training: { steps: 4, batchSize: 4 } },
    generator: { type: "gan", width: 2, training: { steps: 8, batchSize: 4 } },
  }
}

async function writeTinyMnist(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [part, n] of [
    ["train", 400],
    ["t10k", 80],
  ] as const) {
    const labels = Uint8Array.from({ length: n }, (_, i) => i % 10)
    const images = Uint8Array.from({ length: n * 784 }, (_, i) =>
      inkAt(i % 784, labels[Math.floor(i / 784)]!) ? 255 : 0,
    )
    await writeFile(join(folder, `${part}-images-idx3-ubyte`), encodeIdx([n, 28, 28], images))
    await writeFile(join(folder, `${part}-labels-idx1-ubyte`), encodeIdx([n], labels))
  }
}

// A bar for the one, stripes of another slant for each other digit.
function inkAt(pixel: number, digit: number): boolean {
  const [x, y] = [pixel % 28, Math.floor(pixel / 28)]
  if (x < 5 || x > 23 || y < 5 || y > 23) return false
  return digit === 1 ? Math.abs(x - 14) < 2 : (x * (digit + 2) + y * 3) % 17 < 5
}

/** A PNG of `size` x `size` pixels with a red cross. */
export function writePng(path: string, size = 28): void {
  const data = Float32Array.from({ length: size * size * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)]
    return i % 3 === 0 && (Math.abs(x - size / 2) < 2 || Math.abs(y - size / 2) < 2) ? 1 : 0
  })
  const image: Image = { shape: [size, size, 3], data }
  writeFileSync(path, encodePng(image))
}

/** Steps in a log.jsonl; 0 where there is none yet. */
export function stepsLogged(path: string): number {
  try {
    return readFileSync(path, "utf8").split("\n").length - 1
  } catch {
    return 0
  }
}

/** Waits until `holds`, looking every few milliseconds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
