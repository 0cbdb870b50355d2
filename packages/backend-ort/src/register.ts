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
import type { Infer, KernelCall } from "./kernels/define.js"
import { kernels } from "./kernels/index.js"

// Above the webgl (2), wasm (2) and tensorflow (3) backends: who imports this package wants it.
const PRIORITY = 4

const takesAnyType = new Set(["Identity", "Complex"])

function allNumeric(inputs: NamedTensorInfoMap): boolean {
  for (const name in inputs) {
    const value = inputs[name] as { dtype: string } | undefined
    if (value && (value.dtype === "string" || value.dtype === "complex64")) return false
  }
  return true
}

function kernelConfig(kernelName: string, infer: Infer): KernelConfig {
  const adjusts = overridden(kernelName)
  const anyType = takesAnyType.has(kernelName)
  return {
    kernelName,
    backendName: "ort",
    kernelFunc: ({ inputs, attrs, backend }) => {
      if (adjusts) ensureGradient(kernelName)
      const call = { inputs, attrs: attrs ?? {}, backend: backend as OrtBackend } as KernelCall
      const recorded = anyType || allNumeric(inputs) ? infer(call) : null
      return recorded ?? runOnCpu(kernelName, call)
    },
  }
}

registerBackend("ort", () => new OrtBackend(), PRIORITY)
for (const [name, { infer }] of kernels) if (infer) registerKernel(kernelConfig(name, infer))
for (const { kernelName } of getKernelsForBackend("cpu")) {
  if (!kernels.get(kernelName)?.infer) registerKernel(kernelConfig(kernelName, () => null))
}
