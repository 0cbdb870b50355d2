import { IfnormalError, PluginError } from "../contract/errors.js"
import type { ImageSource } from "../contract/images.js"
import type { Plugin } from "../contract/plugin.js"

/** Whose code runs: a plugin, and what of it. */
export interface Origin {
  readonly plugin: Pick<Plugin, "name" | "version">
  /** e.g. `detector "centroid"` */
  readonly what: string
}

/** An error that says what it is: ours, an engine's, or a stop that somebody asked for. */
function isTyped(error: unknown): boolean {
  if (IfnormalError.isInstance(error)) return true
  if (!(error instanceof Error)) return false
  return error.name === "AbortError" || /^ORT_/.test(String((error as NodeJS.ErrnoException).code))
}

/** The error as it leaves the plugin: typed ones as they are, all others as a PluginError with the plugin's name. */
function named(error: unknown, { plugin, what }: Origin, method: string): unknown {
  const name = `${plugin.name}@${plugin.version}`
  if (isTyped(error)) {
    if (IfnormalError.isInstance(error) && Object.isExtensible(error)) error.plugin ??= name
    return error
  }
  const failure = new PluginError({
    code: "plugin-failed",
    message: `Plugin ${name}, ${what}, failed in ${method}: ${error instanceof Error ? error.message : String(error)}`,
    next: `This is an error of the plugin or of what it was given: report it to the authors of ${plugin.name}.`,
    cause: error,
  })
  failure.plugin = name
  return failure
}

/**
 * Runs code of a plugin.
 * @throws PluginError "plugin-failed" with the plugin's name, its cause the error; errors with a code keep it
 */
export function attempt<T>(origin: Origin, method: string, call: () => T): T {
  try {
    const result = call()
    if (!(result instanceof Promise)) return result
    return result.catch((error: unknown) => {
      throw named(error, origin, method)
    }) as T
  } catch (error) {
    throw named(error, origin, method)
  }
}

const guarded = new WeakSet<object>()

/**
 * The same object, whose `methods` from now on name the plugin in what they throw. They are replaced on the object
 * itself: its class, private fields and identity stay.
 */
export function guard<T extends object>(model: T, methods: readonly (keyof T)[], origin: Origin): T {
  if (guarded.has(model) || !Object.isExtensible(model)) return model
  guarded.add(model)
  for (const name of methods) {
    const method = model[name]
    if (typeof method !== "function" || Object.getOwnPropertyDescriptor(model, name)?.configurable === false)
      continue
    Object.defineProperty(model, name, {
      value(this: T, ...args: unknown[]) {
        return attempt(origin, String(name), () => method.apply(this, args))
      },
      writable: true,
      configurable: true,
      enumerable: Object.hasOwn(model, name),
    })
  }
  return model
}

/** `guard` for a data set: also for the sources that it hands out. */
export function guardSources<T extends { train(): Promise<ImageSource>; test(): Promise<ImageSource> }>(
  dataset: T,
  origin: Origin,
): T {
  if (guarded.has(dataset) || !Object.isExtensible(dataset)) return dataset
  guard(dataset, ["train", "test"], origin)
  for (const part of ["train", "test"] as const) {
    const open = dataset[part]
    dataset[part] = async () => guard(await open.call(dataset), ["read"], origin)
  }
  return dataset
}
