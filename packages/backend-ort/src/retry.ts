import { BindingMissingError, LostValueError, VerifyError } from "./errors.js"
import type { SessionCache } from "./session-cache.js"
import { counters } from "./stats.js"

/**
 * A second try after a graph was refused or its run failed: all sessions are released, which frees their memory, and the
 * step runs without passes, which then are no longer a cause. What fails again is thrown to the program, as are errors
 * that a second try cannot mend.
 */
export function retry<T>(cause: unknown, cache: SessionCache, runPlain: () => T): T {
  if ([BindingMissingError, LostValueError, VerifyError].some((type) => cause instanceof type)) throw cause
  cache.clear()
  const result = runPlain()
  counters.retries++
  console.warn(
    `The compiled step failed; this one ran without passes, which is slower. ${(cause as Error).message}`,
  )
  return result
}
