import { ImportError, unsupported } from "../import-error.js"
import type { Attribute, OnnxNode } from "../model.js"
import { boundedSize } from "./limits.js"
import { numbersOf, Value } from "./value.js"

/** One node at work: its inputs, its attributes, its opset. */
export class Call {
  constructor(
    readonly node: OnnxNode,
    readonly opset: number,
    readonly inputs: readonly (Value | undefined)[],
    /** Most elements of what it makes. */
    readonly limit: number,
  ) {}

  /** @throws ImportError "onnx-model" when the node has no such input */
  input(index: number): Value {
    const value = this.inputs[index]
    if (value) return value
    throw new ImportError(
      "onnx-model",
      `${this.node.op} has ${this.inputs.length} inputs, expected at least ${index + 1}.`,
      "Export the model again, or check it with onnx.checker.",
    )
  }
  optional(index: number): Value | undefined {
    return this.inputs[index]
  }

  has(name: string): boolean {
    return this.node.attributes !== undefined && Object.hasOwn(this.node.attributes, name)
  }
  private attribute(name: string): Attribute | undefined {
    return this.has(name) ? this.node.attributes?.[name] : undefined
  }
  /** @throws ImportError "onnx-model" for an attribute of another type than the standard gives it */
  private mistyped(name: string, expected: string): ImportError {
    return new ImportError(
      "onnx-model",
      `Attribute ${name} of ${this.node.op} is ${JSON.stringify(this.attribute(name))?.slice(0, 60)}, expected ${expected}.`,
      "Export the model again, or check it with onnx.checker.",
    )
  }
  int(name: string, otherwise: number): number {
    const value = this.attribute(name) ?? otherwise
    if (typeof value !== "number") throw this.mistyped(name, "an integer")
    return value
  }
  float(name: string, otherwise: number): number {
    const value = this.attribute(name)
    if (value === undefined) return otherwise
    if (typeof value !== "object" || !("float" in value)) throw this.mistyped(name, "a number")
    return value.float
  }
  string(name: string, otherwise: string): string {
    const value = this.attribute(name) ?? otherwise
    if (typeof value !== "string") throw this.mistyped(name, "a string")
    return value
  }
  ints(name: string): readonly number[] | undefined {
    const value = this.attribute(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value) || value.some((item) => typeof item !== "number"))
      throw this.mistyped(name, "integers")
    return value as readonly number[]
  }
  floats(name: string): readonly number[] | undefined {
    const value = this.attribute(name)
    if (value === undefined) return undefined
    if (typeof value !== "object" || !("floats" in value)) throw this.mistyped(name, "numbers")
    return value.floats
  }
  tensor(name: string): Value | undefined {
    const value = this.attribute(name)
    if (typeof value !== "object" || !("tensor" in value)) return undefined
    const { tensor } = value
    return Value.known(numbersOf(tensor), tensor.dims, Value.dtype(tensor.type))
  }

  /**
   * Known integers that older opsets have as an attribute and newer ones as an input.
   * @throws ImportError "onnx-unsupported" when they depend on the images
   */
  list(name: string, index: number): readonly number[] | undefined {
    const given = this.optional(index)
    return given ? this.known(given, name) : this.ints(name)
  }
  known(value: Value, what: string): number[] {
    if (value.host) return Array.from(value.host)
    throw this.refuse(`${what} that depends on the input's values`)
  }
  /**
   * The shape of what this node makes, refused before it is made.
   * @throws ImportError "onnx-limit" for more elements than `limit`, "onnx-model" for sizes that are none
   */
  sized(dims: readonly number[], limit = this.limit): number[] {
    boundedSize(dims, `${this.node.op} "${this.node.outputs[0] ?? ""}"`, limit)
    return [...dims]
  }
  /** One axis, from 0. */
  axis(name: string, otherwise: number, rank: number): number {
    return wrap(this.int(name, otherwise), rank)
  }
  /** What this node does and we do not, as the error that says so. */
  refuse(what: string): ImportError {
    return unsupported(
      [`${this.node.op} with ${what}`],
      `${this.node.op} with ${what} is not computed here.`,
      "Run the model through a session, with scores only, or export it without this.",
    )
  }
}

/** An axis counted from the end as one counted from 0. */
export const wrap = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** Computes a node; one output or, where it has several, the list of them. */
export type Operator = (call: Call) => Value | readonly Value[]
export type Operators = Readonly<Record<string, Operator>>
