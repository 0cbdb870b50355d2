import { shown, weightsError } from "../errors.js"
import { Tuple } from "../pickle/values.js"
import { TensorRecord } from "./storage.js"

/** Where training scripts keep the state dict beside epoch and optimizer, most specific first. */
const WRAPPERS = ["state_dict", "model_state_dict", "model", "net", "params"]
/** Our choices: deeper and larger than any checkpoint. */
const MOST_DEPTH = 32
const MOST_VALUES = 1_000_000
const LONGEST_NAME = 4096

/**
 * The tensors of a saved object by name. A dict without a tensor of its own that has an entry "state_dict",
 * "model_state_dict", "model", "net" or "params" (the first of these) with a dict is unwrapped: that entry is read, the
 * rest (optimizer, epoch) is not. Tensors in nested dicts, lists and tuples are named by their path, joined by dots;
 * a tensor that was saved alone has the name "". Values that are no tensors are left out.
 * @throws CheckpointError "weights-format" without any tensor, for two of one name or an object that holds itself,
 * "weights-size" beyond the limits
 */
export function tensorsOf(value: unknown): ReadonlyMap<string, TensorRecord> {
  const found = new Map<string, TensorRecord>()
  const above = new Set<unknown>()
  let values = 0

  function visit(name: string, value: unknown): void {
    if (++values > MOST_VALUES)
      throw weightsError("weights-size", `The file holds more than ${MOST_VALUES} values.`)
    if (value instanceof TensorRecord) {
      if (found.has(name)) throw weightsError("weights-format", `The file has two tensors ${shown(name)}.`)
      found.set(name, value)
      return
    }
    const entries = entriesOf(value)
    if (!entries) return
    if (above.has(value)) throw weightsError("weights-format", `The entry ${shown(name)} holds itself.`)
    if (above.size >= MOST_DEPTH)
      throw weightsError("weights-size", `The entry ${shown(name)} is more than ${MOST_DEPTH} levels deep.`)
    above.add(value)
    for (const [key, entry] of entries) visit(join(name, key), entry)
    above.delete(value)
  }

  visit("", unwrapped(value))
  if (found.size === 0) throw weightsError("weights-format", "The file holds no tensor.")
  return found
}

function unwrapped(value: unknown): unknown {
  let inner = value
  for (let depth = 0; depth < MOST_DEPTH && inner instanceof Map; depth++) {
    const dict: ReadonlyMap<unknown, unknown> = inner
    if ([...dict.values()].some((entry) => entry instanceof TensorRecord)) return dict
    const wrapper = WRAPPERS.find((name) => dict.get(name) instanceof Map)
    if (wrapper === undefined) return dict
    inner = dict.get(wrapper)
  }
  return inner
}

function entriesOf(value: unknown): Iterable<readonly [unknown, unknown]> | undefined {
  if (value instanceof Map) return value
  if (Array.isArray(value)) return value.entries()
  return value instanceof Tuple ? value.items.entries() : undefined
}

function join(name: string, key: unknown): string {
  const last =
    typeof key === "string" || typeof key === "number" || typeof key === "bigint" ? String(key) : "?"
  const joined = name === "" ? last : `${name}.${last}`
  if (joined.length > LONGEST_NAME)
    throw weightsError("weights-size", `The name ${shown(joined)} is longer than ${LONGEST_NAME} characters.`)
  return joined
}
