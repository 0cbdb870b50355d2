/** The only file with side effects: the backend, its kernels, the cpu backend behind it. */
import "@tensorflow/tfjs-backend-cpu"
import {
  getKernelsForBackend,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerBackend,
  registerKernel,
} from "@tensorflow/tfjs-core"
import { OrtBackend } from "./backend.js"
import { runOnCpu } from "./fallback.js"
import { ensureGradient, overridden } from "./gradients/index.js"
import { complexCalls } from "./kernels/complex.js"
import type { Infer, KernelCall } from "./kernels/define.js"
import { kernels } from "./kernels/index.js"
import { getOptions } from "./options.js"
import { remember } from "./verify.js"

// Above the webgl (2), wasm (2) and tensorflow (3) backends: who imports this package wants it.
const PRIORITY = 4

/** Hand strings on as they are. */
const takesStrings = new Set(["Identity", "Reshape", "ExpandDims"])

/** "string" or "complex64" where an input is of that type, which no graph holds. */
function foreignType(inputs: NamedTensorInfoMap): "string" | "complex64" | undefined {
  for (const name in inputs) {
    const dtype = (inputs[name] as { dtype: string } | undefined)?.dtype
    if (dtype === "string" || dtype === "complex64") return dtype
  }
  return undefined
}

const decline: Infer = () => null

function kernelConfig(kernelName: string, infer: Infer): KernelConfig {
  const adjusts = overridden(kernelName)
  const complex = kernelName === "Identity" ? infer : (complexCalls.get(kernelName) ?? decline)
  const strings = takesStrings.has(kernelName) ? infer : decline
  return {
    kernelName,
    backendName: "ort",
    kernelFunc: ({ inputs, attrs, backend }) => {
      if (adjusts) ensureGradient(kernelName)
      const call = { inputs, attrs: attrs ?? {}, backend: backend as OrtBackend } as KernelCall
      const foreign = foreignType(inputs)
      const recorded =
        foreign === undefined ? infer(call) : foreign === "string" ? strings(call) : complex(call)
      if (recorded === null) return runOnCpu(kernelName, call)
      if (getOptions().verify) remember(kernelName, call, recorded)
      return recorded
    },
  }
}

registerBackend("ort", () => new OrtBackend(), PRIORITY)
for (const [name, { infer }] of kernels) if (infer) registerKernel(kernelConfig(name, infer))
for (const { kernelName } of getKernelsForBackend("cpu")) {
  if (!kernels.get(kernelName)?.infer) registerKernel(kernelConfig(kernelName, decline))
}
