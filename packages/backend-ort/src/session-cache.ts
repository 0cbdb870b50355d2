import { getOptions } from "./options.js"
import type { Session } from "./session.js"

export interface Compiled {
  readonly session: Session
  /** Graph input per leaf of the recording; undefined where the leaf is baked or unused. */
  readonly inputs: readonly (string | undefined)[]
  /** Graph output per live node of the recording. */
  readonly outputs: readonly string[]
}

/** Structural key to compiled graph; the least recently used one is released. A Map iterates in order of insertion. */
export class SessionCache {
  private readonly entries = new Map<string, Compiled>()

  get(key: string): Compiled | undefined {
    const found = this.entries.get(key)
    if (found) {
      this.entries.delete(key)
      this.entries.set(key, found)
    }
    return found
  }

  set(key: string, compiled: Compiled): void {
    this.entries.set(key, compiled)
    for (const [oldest, entry] of this.entries) {
      if (this.entries.size <= getOptions().sessions) break
      this.entries.delete(oldest)
      entry.session.dispose()
    }
  }

  get size(): number {
    return this.entries.size
  }

  clear(): void {
    for (const entry of this.entries.values()) entry.session.dispose()
    this.entries.clear()
  }
}
