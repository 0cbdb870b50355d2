import { shown, weightsError } from "../errors.js"
import { Cursor } from "../pickle/cursor.js"
import { readPickle } from "../pickle/machine.js"
import { isCount } from "../pickle/values.js"
import type { Budget } from "./budget.js"
import { refuseGlobal, storageOf, TORCH_GLOBALS } from "./globals.js"
import { ELEMENT_BYTES, type Storage, type StorageBytes } from "./storage.js"
import { Zip } from "./zip.js"

/** What a file holds: the saved object, and where the values of its tensors are. */
export interface Contents {
  readonly value: unknown
  readonly storageBytes: StorageBytes
}

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn
const LEGACY_PROTOCOL = 1001

/** A file of torch.save since torch 1.6: a zip file with data.pkl and data/0, data/1, ... */
export function openZip(bytes: Uint8Array, budget: Budget): Contents {
  const zip = new Zip(bytes, budget)
  const pickles = [...zip.names].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  const prefix = pickles[0]?.slice(0, -"data.pkl".length)
  if (pickles.length !== 1 || prefix === undefined)
    throw weightsError(
      "weights-format",
      `The zip file has ${pickles.length} entries <name>/data.pkl; one is expected.`,
    )
  if (zip.has(`${prefix}constants.pkl`))
    throw weightsError("weights-format", "The file is a TorchScript program; a state dict is expected.")
  const order = zip.read(`${prefix}byteorder`)
  if (order && new TextDecoder().decode(order) !== "little")
    throw weightsError(
      "weights-format",
      "The file was saved on a big-endian machine; little-endian is expected.",
    )
  const { value } = readPickle(zip.read(`${prefix}data.pkl`)!, {
    globals: TORCH_GLOBALS,
    refuseGlobal,
    persistent: storageOf,
    build: ignoreState,
  })
  const read = new Map<string, Uint8Array>()
  return {
    value,
    storageBytes(key) {
      const found = read.get(key) ?? zip.read(`${prefix}data/${key}`)
      if (!found)
        throw weightsError("weights-format", `The zip file has no entry for the storage ${shown(key)}.`)
      read.set(key, found)
      return found
    },
  }
}

/** A file of torch.save before 1.6: pickles of magic, protocol, system, object and storage keys, then the raw values. */
export function openLegacy(bytes: Uint8Array): Contents {
  const storages = new Map<string, Storage>()
  let end = 0
  const next = (options = {}) => {
    const pickle = readPickle(bytes, { start: end, ...options })
    end = pickle.end
    return pickle.value
  }
  if (next() !== LEGACY_MAGIC)
    throw weightsError("weights-format", "The file is a pickle, but not one of torch.save.")
  const protocol = next()
  if (protocol !== LEGACY_PROTOCOL)
    throw weightsError(
      "weights-format",
      `The file has protocol ${typeof protocol === "number" ? protocol : "unknown"}; ${LEGACY_PROTOCOL} is expected.`,
    )
  const system = next()
  if (!(system instanceof Map) || system.get("little_endian") !== true)
    throw weightsError(
      "weights-format",
      "The file was saved on a big-endian machine; little-endian is expected.",
    )
  const value = next({
    globals: TORCH_GLOBALS,
    refuseGlobal,
    build: ignoreState,
    persistent(id: unknown, position: number) {
      const storage = storageOf(id, position)
      const before = storages.get(storage.key)
      if (before && before.dtype !== storage.dtype)
        throw weightsError(
          "weights-format",
          `Storage ${shown(storage.key)} is of ${before.dtype} and of ${storage.dtype}.`,
        )
      storages.set(storage.key, storage)
      return storage
    },
  })
  const keys = next()
  if (!Array.isArray(keys)) throw weightsError("weights-format", "The file has no list of storage keys.")
  const cursor = new Cursor(bytes, end)
  const found = new Map<string, Uint8Array>()
  for (const key of keys) {
    const storage = storages.get(key)
    if (!storage || found.has(key))
      throw weightsError(
        "weights-format",
        `Storage key ${typeof key === "string" ? shown(key) : "without a text"} is not one of the object's, or comes twice.`,
      )
    const count = Number(cursor.uint64())
    if (!isCount(count)) throw weightsError("weights-size", `Storage ${shown(key)} declares ${count} values.`)
    found.set(key, cursor.bytes(count * ELEMENT_BYTES[storage.dtype]))
  }
  return {
    value,
    storageBytes(key) {
      const values = found.get(key)
      if (!values)
        throw weightsError("weights-format", `The file has no values for the storage ${shown(key)}.`)
      return values
    },
  }
}

/** Old files build a Parameter and then give it requires_grad and hooks: not values. */
function ignoreState(object: unknown): boolean {
  return object !== null && typeof object === "object"
}
