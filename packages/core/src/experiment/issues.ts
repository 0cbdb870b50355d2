import type { z } from "zod"
import { ConfigError } from "../contract/errors.js"
import { didYouMean } from "./nearest.js"

/** The first thing that a schema refuses, in words. */
export interface Issue {
  /** Dotted path of the value, "" for the whole. */
  readonly path: string
  readonly found: string
  readonly expected: string
  /** The key that the schema does not know, where that is the trouble, and those that it knows there. */
  readonly unknownKey?: { readonly key: string; readonly known: readonly string[] }
}

/** Describes the first issue of a zod error. An unknown key comes before other issues: it often causes them. */
export function describeIssue(error: z.ZodError, schema: z.ZodType, value: unknown): Issue {
  const issues = error.issues.flatMap((issue) => deepest(issue, []))
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]
  if (!issue) return { path: "", found: show(value), expected: "a value that the schema accepts" }
  const path = issue.path.map(String)
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] as string
    const known = keysAt(schema, issue.path)
    return {
      path: [...path, key].join("."),
      found: `the key "${key}"`,
      expected: known.length > 0 ? `one of ${known.join(", ")}` : "_zod" in schema ? "no key" : "another key",
      unknownKey: { key, known },
    }
  }
  const found = issue.path.reduce<unknown>((inner, key) => valueAt(inner, key), value)
  const expected = expectation(issue)
  return { path: path.join("."), found: show(found), expected }
}

/**
 * Parses with a schema and speaks in ConfigErrors.
 * @param where what the value is, e.g. "The experiment"
 * @throws ConfigError "config-unknown-key" naming the nearest known key, "config-invalid" naming path, found, expected.
 */
export function parseConfig<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { path, found, expected, unknownKey } = describeIssue(result.error, schema, value)
  if (unknownKey)
    throw new ConfigError({
      code: "config-unknown-key",
      message: `${where}: unknown key "${path}".${didYouMean(unknownKey.key, unknownKey.known)} Expected ${expected}.`,
      next: "Rename or remove the key.",
      cause: result.error,
    })
  throw new ConfigError({
    code: "config-invalid",
    message: `${where}: ${path ? `"${path}"` : "the whole"} found as ${found}, expected ${expected}.`,
    next: path ? `Change "${path}".` : "Change the value.",
    cause: result.error,
  })
}

/** A value as a short text. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing"
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    text = undefined
  }
  text = typeof value === "number" || text === undefined ? String(value) : text
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

type RawIssue = z.core.$ZodIssue

/** Issues inside a union: of its branch that got furthest, or the union itself when no branch got inside. */
function deepest(issue: RawIssue, base: readonly PropertyKey[]): RawIssue[] {
  const here = { ...issue, path: [...base, ...issue.path] }
  // zod 3 keeps the branches elsewhere; its own message has to do.
  if (issue.code !== "invalid_union" || !Array.isArray(issue.errors)) return [here]
  const inside = issue.errors.find((branch) =>
    branch.every((inner) => inner.path.length > 0 || inner.code === "unrecognized_keys"),
  )
  return inside ? inside.flatMap((inner) => deepest(inner, here.path)) : [here]
}

function expectation(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return article(issue.expected)
    case "too_small":
      return bound(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum)
    case "too_big":
      return bound(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum)
    case "invalid_value":
      return issue.values.length === 1
        ? show(issue.values[0])
        : `one of ${issue.values.map((value) => show(value)).join(", ")}`
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`
    case "invalid_union": {
      if (!Array.isArray(issue.errors)) return issue.message
      const branches = issue.errors.map((branch) => (branch[0] ? expectation(branch[0]) : "")).filter(Boolean)
      return branches.length > 0 ? [...new Set(branches)].join(" or ") : issue.message
    }
    default:
      return issue.message
  }
}

function article(type: string): string {
  if (type === "int") return "a whole number"
  if (type === "record") return "an object"
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === "string") return `a text of ${relation} ${limit} characters`
  if (origin === "array" || origin === "set") return `a list of ${relation} ${limit} items`
  return `${relation} ${limit}`
}

function valueAt(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined
}

/** Keys that the object schema at `path` knows; the union of all objects where there are several. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  // A schema of zod 3 does not say.
  if (!("_zod" in schema)) return []
  let level: Definition[] = unwrap(schema as unknown as Schema)
  for (const key of path)
    level = level.flatMap((definition) => {
      const child = definition.shape?.[String(key)] ?? definition.element ?? definition.valueType
      return child ? unwrap(child) : []
    })
  return [...new Set(level.flatMap((definition) => Object.keys(definition.shape ?? {})))]
}

interface Definition {
  readonly innerType?: Schema
  readonly in?: Schema
  readonly out?: Schema
  readonly options?: readonly Schema[]
  readonly shape?: Record<string, Schema>
  readonly element?: Schema
  readonly valueType?: Schema
}
interface Schema {
  readonly _zod: { readonly def: Definition }
}

/** Without optional, default, readonly, pipe and union around it. */
function unwrap(schema: Schema): Definition[] {
  const { def } = schema._zod
  if (def.innerType) return unwrap(def.innerType)
  if (def.options) return def.options.flatMap(unwrap)
  if (def.in && def.out) return [...unwrap(def.in), ...unwrap(def.out)]
  return [def]
}
