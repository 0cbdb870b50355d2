import * as tf from "@tensorflow/tfjs-core"
import { CheckpointError } from "../contract/errors.js"
import type { StoredTensor } from "../contract/training.js"
import { sha256 } from "./hash.js"
import { encodeSafetensors } from "./safetensors.js"

/**
 * Reads tensors back, float32 and int32 as they are, bool as uint8.
 * @throws CheckpointError "checkpoint-tensor" for other dtypes.
 */
export async function readTensors(
  tensors: Readonly<Record<string, tf.Tensor>>,
): Promise<Record<string, StoredTensor>> {
  const stored: [string, StoredTensor][] = []
  for (const [name, tensor] of Object.entries(tensors)) {
    const { shape, dtype } = tensor
    if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool")
      throw new CheckpointError({
        code: "checkpoint-tensor",
        message: `Variable "${name}" has dtype ${dtype}, expected float32, int32 or bool.`,
        next: "Store the value in a variable of one of these types.",
      })
    // A copy: some backends hand out the memory that the next assignment overwrites.
    const data = (await tensor.data()).slice() as StoredTensor["data"]
    stored.push([name, { shape: [...shape], dtype: dtype === "bool" ? "uint8" : dtype, data }])
  }
  return Object.fromEntries(stored)
}

/** sha256 of the weights file that these variables give: the identity of a detector or generator. */
export async function weightsHash(variables: Readonly<Record<string, tf.Tensor>>): Promise<string> {
  return sha256(encodeSafetensors(await readTensors(variables)))
}

/**
 * Assigns stored values to variables of the same names and shapes. Nothing is assigned unless all of them fit.
 * @param where how errors call the file
 * @throws CheckpointError "checkpoint-shape" when a name is missing or superfluous, or a shape or dtype differs.
 */
export function assignVariables(
  variables: Readonly<Record<string, tf.Variable>>,
  tensors: Readonly<Record<string, StoredTensor>>,
  where = "The checkpoint",
): void {
  const fail = (found: string) => {
    throw new CheckpointError({
      code: "checkpoint-shape",
      message: `${where} does not fit the model: ${found}.`,
      next: "Use weights that were saved with the options and the plugin version in the manifest.",
    })
  }
  for (const [name, variable] of Object.entries(variables)) {
    const stored = Object.hasOwn(tensors, name) ? tensors[name] : undefined
    if (!stored) {
      fail(`"${name}" is missing`)
      continue
    }
    const dtype = variable.dtype === "bool" ? "uint8" : variable.dtype
    if (stored.dtype !== dtype || stored.shape.join() !== variable.shape.join())
      fail(
        `"${name}" found as ${stored.dtype} [${stored.shape.join(", ")}], expected ${dtype} [${variable.shape.join(", ")}]`,
      )
  }
  for (const name of Object.keys(tensors))
    if (!Object.hasOwn(variables, name)) fail(`"${name}" is unknown to the model`)
  tf.tidy(() => {
    for (const [name, variable] of Object.entries(variables)) {
      const { shape, data } = tensors[name] as StoredTensor
      variable.assign(tf.tensor(data, [...shape], variable.dtype))
    }
  })
}
