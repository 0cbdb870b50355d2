import { definePlugin, type Plugin } from "@ifnormal/core"
import { expect } from "vitest"
import type { Check } from "../src/index.js"

/** Names of the checks that fail. */
export async function failing(checks: readonly Check[]): Promise<string[]> {
  const names: string[] = []
  for (const { name, run } of checks)
    await run().catch((error) => {
      expect(error).toMatchObject({ name: "CheckError", code: "check-failed" })
      expect(error.next).not.toBe("")
      names.push(name)
    })
  return names
}

/** A plugin called "broken". */
export const pluginOf = (parts: Partial<Plugin>): Plugin =>
  definePlugin({ name: "broken", version: "1.0.0", contract: 1, ...parts })
