import { shown, weightsError } from "../errors.js"
import { Global, isCount, Tuple } from "../pickle/values.js"
import { STORAGES, Storage, TensorRecord } from "./storage.js"

// The Python names that a file of weights may hold, and the plain values that they make here: the part of PyTorch's own
// list for weights_only=True (torch/_weights_only_unpickler.py) that state dicts and training checkpoints of tensors use.

/** More axes than any network has. Our choice. */
const MOST_AXES = 32

const storageClasses = new Map<Global, Storage["dtype"]>()

function known(...entries: readonly Global[]): [string, Global][] {
  return entries.map((entry) => [entry.name, entry])
}

/** What may occur in the pickles of a PyTorch file. */
export const TORCH_GLOBALS: ReadonlyMap<string, Global> = new Map([
  ...known(
    new Global("collections.OrderedDict", dict),
    new Global("collections.Counter", dict),
    new Global("torch._utils._rebuild_tensor", rebuildTensor),
    new Global("torch._utils._rebuild_tensor_v2", rebuildTensor),
    new Global("torch._utils._rebuild_parameter", firstTensor),
    new Global("torch._utils._rebuild_parameter_with_state", firstTensor),
    new Global("torch.nn.parameter.Parameter", firstTensor),
    new Global("torch.Size", ([axes]) => (axes instanceof Tuple ? axes : new Tuple(list(axes)))),
    new Global("torch.device", ([kind]) => (typeof kind === "string" ? kind : null)),
    new Global("_codecs.encode", encode),
    new Global("builtins.set", ([items]) => new Set(list(items))),
    new Global("__builtin__.set", ([items]) => new Set(list(items))),
  ),
  ...[
    "float64",
    "float32",
    "float16",
    "bfloat16",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint8",
    "bool",
  ].flatMap((dtype) => known(new Global(`torch.${dtype}`))),
  // torch.cuda's are of files that were saved from a GPU before torch 0.4.
  ...STORAGES.flatMap(([name, dtype]) =>
    ["torch", "torch.cuda"].flatMap((module) => {
      const entry = new Global(`${module}.${name}`)
      storageClasses.set(entry, dtype)
      return known(entry)
    }),
  ),
])

/** Says of a name that is not known what it is, where that helps. */
export function refuseGlobal(name: string, position: number): Error | undefined {
  if (
    /^torch\.((ComplexFloat|ComplexDouble|Q\w+)Storage|storage\.UntypedStorage|_utils\._rebuild_tensor_v3)$/.test(
      name,
    )
  )
    return weightsError(
      "weights-dtype",
      `The file holds tensors of ${name} (byte ${position}); carried are ${STORAGES.map(([, dtype]) => dtype).join(", ")}.`,
    )
  return undefined
}

/** A storage from the persistent id ("storage", class, key, device, length[, view]). */
export function storageOf(id: unknown, position: number): Storage {
  const [tag, type, key, , length, view] = id instanceof Tuple ? id.items : []
  const dtype = type instanceof Global ? storageClasses.get(type) : undefined
  if (tag !== "storage" || !dtype || typeof key !== "string" || !isCount(length))
    throw weightsError(
      "weights-format",
      `The persistent id at byte ${position} is ${tag === "module" ? "the source of a module" : "no storage"}; ("storage", class, key, device, length) is expected.`,
    )
  if (!(view instanceof Tuple)) return new Storage(key, dtype, length)
  const [, begin, size] = view.items
  if (!isCount(begin) || !isCount(size))
    throw weightsError(
      "weights-format",
      `The view of storage ${shown(key)} at byte ${position} has no begin and length.`,
    )
  return new Storage(key, dtype, size, begin)
}

function rebuildTensor([storage, offset, shape, stride]: readonly unknown[]): TensorRecord {
  const axes = counts(shape)
  const steps = counts(stride)
  if (!(storage instanceof Storage) || !isCount(offset) || !axes || axes.length !== steps?.length)
    throw weightsError(
      "weights-format",
      "A tensor is expected to have a storage, an offset and as many strides as axes, none of them negative.",
    )
  if (axes.length > MOST_AXES)
    throw weightsError("weights-size", `A tensor has ${axes.length} axes; at most ${MOST_AXES} are read.`)
  return new TensorRecord(storage, offset, axes, steps)
}

function firstTensor([tensor]: readonly unknown[]): TensorRecord {
  if (tensor instanceof TensorRecord) return tensor
  throw weightsError("weights-format", "A parameter is expected to hold a tensor.")
}

function dict([items]: readonly unknown[]): Map<unknown, unknown> {
  if (items === undefined) return new Map()
  if (items instanceof Map) return new Map(items)
  return new Map(
    list(items).map((pair) => {
      const [key, value] = pair instanceof Tuple ? pair.items : list(pair)
      return [key, value]
    }),
  )
}

/** Python 2's protocols write bytes as a text to encode. */
function encode([text]: readonly unknown[]): Uint8Array {
  if (typeof text !== "string")
    throw weightsError("weights-format", "_codecs.encode is expected to get a text.")
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index)
  return bytes
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw weightsError("weights-format", "A list is expected where there is none.")
}

function counts(value: unknown): readonly number[] | undefined {
  if (!(value instanceof Tuple)) return undefined
  return value.items.every(isCount) ? (value.items as readonly number[]) : undefined
}
