import { availableParallelism } from "node:os"

/** Where onnxruntime runs the graphs. */
export type Provider = "cpu" | "webgpu" | "cuda"

export interface OrtOptions {
  /** Threads inside one operator. Results are bit-equal only for the same number. @default os.availableParallelism() */
  threads: number
  /**
   * "fast" keeps freed buffers in an arena, "low" gives them back to the system's allocator. On Linux both peak alike
   * (CE-GAN step 32x32x3, width 32: 1000 and 1011 MB, 1.02 of the time), since glibc keeps them as well. @default "fast"
   */
  memory: "fast" | "low"
  /** Throw instead of running a missing kernel on the cpu backend. @default false */
  strict: boolean
  /**
   * Check the graph after every pass and, at the first run of each structure, every kernel against tfjs-backend-cpu and the
   * passes against the graph without them; throws VerifyError. Slow. @default IFNORMAL_VERIFY=1
   */
  verify: boolean
  /** One line per realize on stderr. @default IFNORMAL_LOG=1 */
  log: boolean
  /** Compiled step structures kept. @default 24 */
  sessions: number
  /** Idle workers spin for a moment instead of sleeping. @default true */
  spinning: boolean
  /** Names of passes to leave out, for ablations and for finding faults. @default [] */
  disablePasses: readonly string[]
  /** Channel block of the blocked convolutions, or "off". @default probed */
  block: "probe" | "off"
  /** Where graphs run; `requireProvider` says whether it works. Only "cpu" uses the blocked layout. @default "cpu" */
  provider: Provider
  /** Prefix of onnxruntime's profile files, one per session, written when the backend is disposed. @default none */
  profile: string | undefined
}

const defaults = (): OrtOptions => ({
  threads: availableParallelism(),
  memory: "fast",
  strict: false,
  verify: process.env.IFNORMAL_VERIFY === "1",
  log: process.env.IFNORMAL_LOG === "1",
  sessions: 24,
  spinning: true,
  disablePasses: [],
  block: "probe",
  provider: "cpu",
  profile: undefined,
})

let current: OrtOptions = defaults()
let version = 0

/** Changes options for graphs compiled from now on; compiled ones are kept apart by option version. */
export function setOptions(options: Partial<OrtOptions>): void {
  current = { ...current, ...options }
  version++
}

export const getOptions = (): Readonly<OrtOptions> => current

/** Part of the session key: a session compiled under other options is not reused. */
export const optionsVersion = (): number => version
