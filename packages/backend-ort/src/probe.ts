import { encodeModel } from "@ifnormal/onnx"
import { getOptions } from "./options.js"
import { Session } from "./session.js"

/** Channels in one block of onnxruntime's NCHWc layout: 8 with AVX2, 16 with AVX-512; undefined where it has none. */
let probed: { readonly block: number | undefined } | undefined

const CHANNELS = 32

/**
 * Reorders a ramp of two pixels and reads the block size off the order of the result. The layout is internal to
 * onnxruntime and set by the machine, so nothing else tells it reliably; a refusal turns the blocked layout off.
 */
function probe(): number | undefined {
  const bytes = encodeModel({
    nodes: [
      {
        op: "ReorderInput",
        domain: "com.microsoft.nchwc",
        inputs: ["x"],
        outputs: ["r"],
        attributes: { channels_last: 1 },
      },
      { op: "Identity", inputs: ["r"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", type: "float32", dims: [1, 1, 2, CHANNELS] }],
    outputs: [{ name: "y", type: "float32", dims: [1, CHANNELS, 1, 2] }],
    initializers: [],
    opsets: { "": 18, "com.microsoft.nchwc": 1 },
  })
  let session: Session | undefined
  try {
    session = new Session(bytes, ["y"], 1, "cpu")
    const values = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i)
    const order = session.run([{ name: "x", dtype: "float32", values, shape: [1, 1, 2, CHANNELS] }]).y!
    // Channels 0 .. b-1 of the first pixel, then the second pixel, whose first value is 32.
    const block = order.indexOf(CHANNELS)
    const expected = values.map((_, i) => {
      const within = i % (2 * block)
      return Math.floor(i / (2 * block)) * block + (within % block) + (within < block ? 0 : CHANNELS)
    })
    const blocked = (block === 8 || block === 16) && order.every((value, i) => value === expected[i])
    return blocked ? block : undefined
  } catch {
    return undefined
  } finally {
    session?.dispose()
  }
}

/** Block size in force, or undefined when the plain layout is used. */
export function blockSize(): number | undefined {
  const { block, provider } = getOptions()
  if (block === "off" || provider !== "cpu") return undefined
  probed ??= { block: probe() }
  return probed.block
}
