import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import util from "node:util"
import { ConfigError, EngineError } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { BackendName, GlobalOptions, ProviderName } from "./options.js"

/** What computes, for run.json and doctor. */
export interface Backend {
  readonly name: BackendName
  readonly threads?: number
  readonly version?: string
  /** Where the ort engine computes, unless it is the cpu. */
  readonly provider?: ProviderName
}

/**
 * Makes the chosen engine the current TensorFlow.js backend.
 * @throws EngineError "engine-missing" when an optional engine is not installed, "engine-failed" when it does not start;
 * ProviderError "ort-provider" when the provider does not work here; ConfigError "provider-backend"
 */
export async function useBackend(
  options: Pick<GlobalOptions, "backend" | "threads" | "provider">,
): Promise<Backend> {
  tf.enableProdMode()
  if (options.provider && options.provider !== "cpu" && options.backend !== "ort")
    throw new ConfigError({
      code: "provider-backend",
      message: `The provider ${options.provider} is one of the ort engine, found --backend ${options.backend}.`,
      next: "Leave out --backend or --provider.",
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

async function useOrt({
  threads,
  provider = "cpu",
}: Pick<GlobalOptions, "threads" | "provider">): Promise<Backend> {
  const ort = await import("@ifnormal/backend-ort").catch((cause: unknown) => {
    throw new EngineError({
      code: "engine-missing",
      message: "The ort engine (onnxruntime-node) could not be loaded on this machine.",
      next: "Install again with onnxruntime-node for this platform, or use --backend cpu.",
      cause,
    })
  })
  if (threads !== undefined) ort.setOptions({ threads })
  if (provider !== "cpu") {
    ort.requireProvider(provider)
    ort.setOptions({ provider })
  }
  await select("ort")
  const info = ort.engineInfo()
  const beside = provider === "cpu" ? {} : { provider }
  return { name: "ort", threads: info.threads, version: info.onnxruntime, ...beside }
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
