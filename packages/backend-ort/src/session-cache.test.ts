import { afterEach, expect, test, vi } from "vitest"
import { getOptions, setOptions } from "./options.js"
import type { Session } from "./session.js"
import { type Compiled, SessionCache } from "./session-cache.js"

const { sessions } = getOptions()
afterEach(() => setOptions({ sessions }))

function compiled(): Compiled & { dispose: ReturnType<typeof vi.fn> } {
  const dispose = vi.fn()
  return { session: { dispose } as unknown as Session, inputs: [], outputs: [], dispose }
}

test("the least recently used session is released", () => {
  setOptions({ sessions: 2 })
  const cache = new SessionCache()
  const [a, b, c] = [compiled(), compiled(), compiled()]
  cache.set("a", a)
  cache.set("b", b)
  cache.get("a")
  cache.set("c", c)
  expect([a, b, c].map((entry) => entry.dispose.mock.calls.length)).toEqual([0, 1, 0])
  expect(cache.size).toBe(2)
  cache.clear()
  expect([a, b, c].map((entry) => entry.dispose.mock.calls.length)).toEqual([1, 1, 1])
})
