import { InvalidArgumentError } from "commander"

export const BACKENDS = ["ort", "cpu", "tensorflow", "tensorflow-gpu"] as const
export type BackendName = (typeof BACKENDS)[number]

export const PROVIDERS = ["cpu", "webgpu", "cuda"] as const
export type ProviderName = (typeof PROVIDERS)[number]

export const MEMORY_MODES = ["fast", "low"] as const
export type MemoryMode = (typeof MEMORY_MODES)[number]

/** Options that every command takes. */
export interface GlobalOptions {
  readonly backend: BackendName
  /** Where the ort engine runs its graphs. */
  readonly provider?: ProviderName
  /** Threads of the engine; default: its own choice. */
  readonly threads?: number
  /** What the ort engine does with freed buffers; default: "fast". Other engines have no such choice. */
  readonly memory?: MemoryMode
  readonly json: boolean
  /** Takes the place of the experiment's seed. */
  readonly seed?: number
  readonly quiet: boolean
  readonly offline: boolean
  /** Third-party plugins that the user allows for this call: package names or paths. */
  readonly plugin: readonly string[]
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

/**
 * "10m", "90s", "1h30m" to seconds.
 * @throws InvalidArgumentError (a usage error) for anything else.
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smh])/g)]
  const seconds = parts.reduce((sum, part) => sum + Number(part[1]) * UNIT_SECONDS[part[2]!]!, 0)
  if (parts.map((part) => part[0]).join("") !== text || seconds <= 0)
    throw new InvalidArgumentError(
      `Found ${JSON.stringify(text)}, expected a time such as 90s, 10m or 1h30m.`,
    )
  return seconds
}

/** A whole number in low..high. */
export function parseInteger(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < low || value > high)
      throw new InvalidArgumentError(
        `Found ${JSON.stringify(text)}, expected a whole number ${high === Number.MAX_SAFE_INTEGER ? `from ${low}` : `from ${low} to ${high}`}.`,
      )
    return value
  }
}

/** A number in low..high. */
export function parseNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text)
    if (!(value >= low && value <= high))
      throw new InvalidArgumentError(
        `Found ${JSON.stringify(text)}, expected a number from ${low} to ${high}.`,
      )
    return value
  }
}

/** Gathers a repeated option. */
export function gather(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value]
}

/** "2 min 5 s", "12.3 s". */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
