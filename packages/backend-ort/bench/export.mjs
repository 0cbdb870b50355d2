// First weights and inputs of a benchmark as one safetensors file, so that both sides can start from the same numbers.
import { writeFileSync } from "node:fs"
import { encodeSafetensors } from "../../core/dist/index.js"

const stored = async (tensor) => ({ shape: tensor.shape, dtype: tensor.dtype, data: await tensor.data() })

/**
 * @param weights variables by name; "/" becomes "."
 * @param inputs function of a step's index to its tensors by name, stored as "inputs.<index>.<name>"
 */
export async function exportTensors(path, weights, inputs, steps) {
  const tensors = {}
  for (const [name, variable] of Object.entries(weights))
    tensors[name.replaceAll("/", ".")] = await stored(variable)
  for (let i = 0; i < steps; i++)
    for (const [name, tensor] of Object.entries(inputs(i)))
      tensors[`inputs.${i}.${name}`] = await stored(tensor)
  writeFileSync(path, encodeSafetensors(tensors))
}
