import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import util from "node:util"
import { ConfigError, EngineError } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { BackendName, GlobalOptions, MemoryMode, ProviderName } from "./options.js"

/** What computes, for run.json and doctor. */
export interface Backend {
  readonly name: BackendName
  readonly threads?: number
  /** Only of ort. */
  readonly memory?: MemoryMode
  readonly version?: string
  /** Where the ort engine computes, unless it is the cpu. */
  readonly provider?: ProviderName
}

/** The options that choose and set up an engine. */
export type EngineOptions = Pick<GlobalOptions, "backend" | "provider" | "threads" | "memory">

/**
 * Makes the chosen engine the current TensorFlow.js backend.
 * @throws EngineError "engine-missing" when an optional engine is not installed, "engine-failed" when it does not start;
 * ProviderError "ort-provider" when the provider does not work here;
 * ConfigError "option-not-for-engine" for --memory or --provider with an engine that has no such choice
 */
export async function useBackend(options: EngineOptions): Promise<Backend> {
  tf.enableProdMode()
  const ofOrt = {
    memory: options.memory,
    provider: options.provider === "cpu" ? undefined : options.provider,
  }
  const odd = Object.entries(ofOrt).find(([, value]) => value !== undefined)
  if (odd && options.backend !== "ort")
    throw new ConfigError({
      code: "option-not-for-engine",
      message: `Found --${odd[0]} ${odd[1]} with --backend ${options.backend}, which has no such choice.`,
      next: `Leave out --${odd[0]}, or use --backend ort.`,
    })
  switch (options.backend) {
    case "ort":
      return useOrt(options)
    case "cpu":
      await import("@tensorflow/tfjs-backend-cpu")
      await select("cpu")
      return { name: "cpu", threads: 1, version: tf.version_core }
    case "tensorflow":
    case "tensorflow-gpu":
      return useTensorflow(options.backend, options.threads)
    default:
      options.backend satisfies never
      throw new Error(`Unknown backend ${String(options.backend)}.`)
  }
}

async function select(name: string): Promise<void> {
  if (!(await tf.setBackend(name)))
    throw new EngineError({
      code: "engine-failed",
      message: `The ${name} engine is installed but did not start.`,
      next: "Run: ifnormal doctor. Until then, --backend cpu works everywhere, slowly.",
    })
  await tf.ready()
}

async function useOrt({ threads, memory, provider = "cpu" }: EngineOptions): Promise<Backend> {
  const ort = await import("@ifnormal/backend-ort").catch((cause: unknown) => {
    throw new EngineError({
      code: "engine-missing",
      message: "The ort engine (onnxruntime-node) could not be loaded on this machine.",
      next: "Install again with onnxruntime-node for this platform, or use --backend cpu.",
      cause,
    })
  })
  ort.setOptions({ ...(threads !== undefined && { threads }), ...(memory !== undefined && { memory }) })
  if (provider !== "cpu") {
    ort.requireProvider(provider)
    ort.setOptions({ provider })
  }
  await select("ort")
  const info = ort.engineInfo()
  const beside = provider === "cpu" ? {} : { provider }
  return {
    name: "ort",
    threads: info.threads,
    memory: info.memory,
    version: info.onnxruntime,
    ...beside,
  }
}

/** The options as they were typed, so that a command printed for the user runs on the same engine. */
export function engineWords({ backend, provider, threads, memory }: EngineOptions): string {
  const words = [
    backend === "ort" ? "" : ` --backend ${backend}`,
    provider === undefined ? "" : ` --provider ${provider}`,
    threads === undefined ? "" : ` --threads ${threads}`,
    memory === undefined ? "" : ` --memory ${memory}`,
  ]
  return words.join("")
}

// An optional peer that the user installs in the project at hand; tfjs registers backends in process-wide tables.
async function useTensorflow(name: "tensorflow" | "tensorflow-gpu", threads?: number): Promise<Backend> {
  const wanted = name === "tensorflow" ? "@tensorflow/tfjs-node" : "@tensorflow/tfjs-node-gpu"
  if (threads !== undefined) process.env.OMP_NUM_THREADS = String(threads)
  let location: string
  try {
    location = createRequire(join(process.cwd(), "package.json")).resolve(wanted)
  } catch (cause) {
    throw new EngineError({
      code: "engine-missing",
      message: `The ${name} engine needs ${wanted}, which is not installed here.`,
      next: `Run: npm install ${wanted}@${tf.version_core}, or leave out --backend.`,
      cause,
    })
  }
  restoreUtil()
  try {
    await import(pathToFileURL(location).href)
  } catch (cause) {
    throw new EngineError({
      code: "engine-failed",
      message: `${wanted} is installed but does not load on Node ${process.version}: ${String(cause)}`,
      next: "See the notes of @tensorflow/tfjs-node on Node versions, or leave out --backend.",
      cause,
    })
  }
  await select("tensorflow")
  return { name, threads, version: tf.version_core }
}

/** Node 23 dropped two functions that @tensorflow/tfjs-node 4.22 calls for every kernel. */
function restoreUtil(): void {
  const functions = util as unknown as Record<string, unknown>
  functions.isNullOrUndefined ??= (value: unknown) => value == null
  functions.isArray ??= Array.isArray
}
