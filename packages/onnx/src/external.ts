import { ImportError } from "./import-error.js"
import { type Field, readFields, text } from "./wire.js"

/** Deepest nesting of subgraphs that is followed. Models of people have at most three or four. Our choice. */
const MAX_DEPTH = 64

type Kind = "model" | "graph" | "node" | "attribute" | "tensor" | "sparse" | "function" | "training"

/** The messages of onnx.proto in which a tensor may hide, by field number. */
const children: Readonly<Record<Kind, Readonly<Record<number, Kind>>>> = {
  model: { 7: "graph", 20: "training", 25: "function" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  function: { 7: "node", 11: "attribute" },
  training: { 1: "graph", 2: "graph" },
  tensor: {},
}

/**
 * Refuses a model that keeps numbers in other files, anywhere in it: an engine would open them, from wherever the file
 * says. Looks into subgraphs and functions, without recursion.
 * @throws ImportError "onnx-external"; "onnx-limit" for subgraphs nested deeper than 64; "onnx-model" for broken bytes
 */
export function refuseExternalData(model: Uint8Array): void {
  const open: { readonly kind: Kind; readonly bytes: Uint8Array; readonly depth: number }[] = [
    { kind: "model", bytes: model, depth: 0 },
  ]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > MAX_DEPTH)
      throw new ImportError(
        "onnx-limit",
        `The model nests subgraphs more than ${MAX_DEPTH} deep, expected at most that.`,
        "Export the model without nested control flow.",
      )
    const fields = readFields(next.bytes)
    if (next.kind === "tensor") refuseTensor(fields)
    const inside = children[next.kind]
    for (const { field, bytes } of fields) {
      const kind = inside[field]
      if (kind) open.push({ kind, bytes, depth: next.depth + (kind === "graph" ? 1 : 0) })
    }
  }
}

/** TensorProto: field 13 names the place of the numbers, field 14 says that they are not in this file. */
function refuseTensor(fields: readonly Field[]): void {
  const elsewhere = fields.some(
    ({ field, number, wire }) => field === 13 || (field === 14 && wire === 0 && number !== 0),
  )
  if (!elsewhere) return
  const name = text(fields.findLast(({ field }) => field === 8)?.bytes ?? new Uint8Array(0))
  const entries = fields
    .filter(({ field }) => field === 13)
    .map(({ bytes }) => readFields(bytes).map((entry) => text(entry.bytes)))
  const location = entries.find(([key]) => key === "location")?.[1] ?? ""
  const outside = /^([/\\]|[a-z]:)|(^|[/\\])\.\.([/\\]|$)/i.test(location)
  throw new ImportError(
    "onnx-external",
    `Tensor "${name}" keeps its numbers in another file, ${JSON.stringify(location)}${outside ? ", which lies outside the model's folder" : ""}; expected them inside the .onnx file.`,
    "Save the model in one file: onnx.save(onnx.load(path), path), or external_data=False in torch.onnx.export.",
  )
}
