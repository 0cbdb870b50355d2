export interface Stats {
  /** Graphs run. */
  runs: number
  /** Graphs compiled; one per step structure. */
  compiles: number
  compileMs: number
  runMs: number
  /** Time from a read to the native call, without compilation. */
  prepareMs: number
  /** Kernel calls answered by the cpu backend, by kernel. */
  fallbacks: Record<string, number>
  /** Steps that ran without passes after their compiled graph had failed. */
  retries: number
  /** Nodes of the last compiled graph before and after the passes, and in ONNX. */
  lastGraph: { recorded: number; optimized: number; onnx: number; bytes: number }
}

const fresh = (): Stats => ({
  runs: 0,
  compiles: 0,
  compileMs: 0,
  runMs: 0,
  prepareMs: 0,
  fallbacks: {},
  retries: 0,
  lastGraph: { recorded: 0, optimized: 0, onnx: 0, bytes: 0 },
})

/** The live counters; written by realize.ts, retry.ts and fallback.ts only. */
export const counters: Stats = fresh()

/** A copy of the counters since the start or the last resetStats(). */
export const stats = (): Stats => structuredClone(counters)

export function resetStats(): void {
  Object.assign(counters, fresh())
}
