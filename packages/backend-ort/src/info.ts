import { getOptions, type Provider } from "./options.js"
import { blockSize } from "./probe.js"
import { ortVersion } from "./session.js"

export interface EngineInfo {
  readonly onnxruntime: string
  readonly threads: number
  readonly memory: "fast" | "low"
  readonly provider: Provider
  /** Channels a block; undefined when convolutions run in the plain layout. */
  readonly block: number | undefined
}

/** What `ifnormal doctor` prints. Throws BindingMissingError where onnxruntime-node cannot be loaded. */
export function engineInfo(): EngineInfo {
  const { threads, memory, provider } = getOptions()
  return { onnxruntime: ortVersion(), threads, memory, provider, block: blockSize() }
}
