import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { encodeModel } from "@ifnormal/onnx"
import { ProviderError } from "./errors.js"
import type { Provider } from "./options.js"
import { Session } from "./session.js"

/** One execution provider of onnxruntime, and whether graphs run on it here. */
export type ProviderState =
  | { readonly name: Provider; readonly available: true }
  | {
      readonly name: Provider
      readonly available: false
      /** What was found. */
      readonly reason: string
      /** What to install. */
      readonly next: string
    }

const names: readonly Provider[] = ["cpu", "webgpu", "cuda"]

const platform = `${process.platform}/${process.arch}`

function next(provider: Provider): string {
  if (provider === "cpu") return "Install onnxruntime-node 1.30.0 for this platform."
  const elsewhere = "Until then leave out the provider: cpu works everywhere."
  if (provider === "webgpu")
    return process.platform === "linux"
      ? `Install the GPU's Vulkan driver and loader (Debian: libvulkan1 and mesa-vulkan-drivers, or NVIDIA's driver). ${elsewhere}`
      : `Install the GPU's current driver. ${elsewhere}`
  return platform === "linux/x64"
    ? `Install NVIDIA's driver, CUDA 12 and cuDNN 9, and onnxruntime-node's CUDA library: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node. ${elsewhere}`
    : `onnxruntime-node has CUDA on linux/x64 only; use webgpu, or leave out the provider.`
}

/** Asked of the file first: a try to load a missing library writes a page to stderr. */
function missingLibrary(provider: Provider): string | undefined {
  if (provider !== "cuda") return undefined
  if (platform !== "linux/x64") return `onnxruntime-node has no CUDA for ${platform}`
  const root = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"))
  const library = "libonnxruntime_providers_cuda.so"
  return existsSync(join(root, "bin/napi-v6", platform, library))
    ? undefined
    : `onnxruntime-node was installed without ${library}`
}

/** Runs one addition on the provider. */
function probe(provider: Provider): string | undefined {
  const missing = missingLibrary(provider)
  if (missing) return missing
  const value = (name: string) => ({ name, type: "float32" as const, dims: [1] })
  const bytes = encodeModel({
    nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }],
    inputs: [value("x")],
    outputs: [value("y")],
    initializers: [],
    opsets: { "": 18 },
  })
  let session: Session | undefined
  try {
    session = new Session(bytes, ["y"], 1, provider)
    const values = Float32Array.of(21)
    const y = session.run([{ name: "x", dtype: "float32", values, shape: [1] }]).y![0]
    return y === 42 ? undefined : `21 + 21 came out as ${y}`
  } catch (error) {
    const lines = (error as Error).message.trim().split("\n")
    return lines[0]!.replace(/^.*was false\. /, "")
  } finally {
    session?.dispose()
  }
}

const found = new Map<Provider, ProviderState>()

/** Whether a provider works here; tried once by running a graph of one node. */
export function providerState(name: Provider): ProviderState {
  let state = found.get(name)
  if (!state) {
    const reason = probe(name)
    state = reason ? { name, available: false, reason, next: next(name) } : { name, available: true }
    found.set(name, state)
  }
  return state
}

/** All providers, for `ifnormal doctor`. */
export const providers = (): readonly ProviderState[] => names.map(providerState)

/**
 * Makes sure that graphs run on a provider, before `setOptions({ provider })`.
 * @throws ProviderError with what to install
 */
export function requireProvider(name: Provider): void {
  const state = providerState(name)
  if (!state.available) throw new ProviderError(name, state.reason, state.next)
}
