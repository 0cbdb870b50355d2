import {
  type BackendValues,
  type DataId,
  type DataType,
  engine,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from "@tensorflow/tfjs-core"
import type { OrtBackend } from "./backend.js"
import { FallbackError } from "./errors.js"
import type { KernelCall } from "./kernels/define.js"
import { kernelFile } from "./kernels/index.js"
import { getOptions } from "./options.js"
import { counters } from "./stats.js"

/** What this file uses of tfjs-backend-cpu's storage. */
interface CpuBackend extends KernelBackend {
  data: {
    get(id: DataId): { values?: BackendValues; complexTensorInfos?: { real: TensorInfo; imag: TensorInfo } }
  }
}

const warned = new Set<string>()

/** The arguments as in "x float32[2,3], attributes {"axis":1}". */
function describe(inputs: NamedTensorInfoMap, attrs: NamedAttrMap): string {
  const tensors = Object.entries(inputs).flatMap(([name, value]) =>
    [value].flat().flatMap((info) => (info ? `${name} ${info.dtype}[${info.shape}]` : [])),
  )
  return [...tensors, `attributes ${JSON.stringify(attrs)}`].join(", ")
}

function report(kernel: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap): void {
  const { strict } = getOptions()
  const expected = hostOnly(inputs, attrs)
  if (strict && !expected)
    throw new FallbackError(
      `${kernel} has no ONNX form for ${describe(inputs, attrs)}. Add it to ${kernelFile(kernel)}, or allow the cpu ` +
        "backend with setOptions({ strict: false }).",
    )
  counters.fallbacks[kernel] = (counters.fallbacks[kernel] ?? 0) + 1
  if (expected || warned.has(kernel)) return
  warned.add(kernel)
  console.warn(
    `${kernel} runs on the cpu backend (${kernelFile(kernel)} has no form for ${describe(inputs, attrs)}); ` +
      "the step is cut in two.",
  )
}

function toCpu(info: TensorInfo, backend: OrtBackend, cpu: CpuBackend): TensorInfo {
  const complex = backend.hostData(info.dataId)?.complex
  if (complex) {
    const real = toCpu(complex.real, backend, cpu)
    const imag = toCpu(complex.imag, backend, cpu)
    return getKernel("Complex", "cpu").kernelFunc({
      inputs: { real, imag },
      backend: cpu,
      attrs: {},
    }) as TensorInfo
  }
  const values = backend.readSync(info.dataId)
  const { shape, dtype } = info
  // Some cpu kernels (Dilation2DBackpropInput) read the rank, which only tensors have.
  const copy = { dataId: cpu.write(values, shape, dtype), shape, dtype, rank: shape.length }
  return copy
}

function fromCpu(info: TensorInfo, backend: OrtBackend, cpu: CpuBackend): TensorInfo {
  const { values, complexTensorInfos } = cpu.data.get(info.dataId)
  if (complexTensorInfos) {
    const real = fromCpu({ ...complexTensorInfos.real, shape: info.shape, dtype: "float32" }, backend, cpu)
    const imag = fromCpu({ ...complexTensorInfos.imag, shape: info.shape, dtype: "float32" }, backend, cpu)
    const result = backend.complex(real, imag)
    backend.disposeData(real.dataId)
    backend.disposeData(imag.dataId)
    return result
  }
  const dtype: DataType = info.dtype
  return { dataId: backend.write(values!, info.shape, dtype), shape: info.shape, dtype }
}

const hostType = (dtype: unknown): boolean => dtype === "string" || dtype === "complex64"

// Not worth a warning: strings and complex numbers have no ONNX form at all.
const hostOnly = (inputs: NamedTensorInfoMap, attrs: NamedAttrMap): boolean =>
  hostType(attrs.dtype) ||
  typeof attrs.value === "string" ||
  Object.values(inputs)
    .flat()
    .some((info) => info && hostType(info.dtype))

/** Runs the cpu backend's kernel on read-back inputs. Reading realizes what is pending, hence the warning. */
export function runOnCpu(kernel: string, { inputs, attrs, backend }: KernelCall): TensorInfo | TensorInfo[] {
  const cpu = engine().findBackend("cpu") as CpuBackend
  const kernelFunc: KernelFunc = getKernel(kernel, "cpu").kernelFunc
  report(kernel, inputs, attrs)
  const taken: TensorInfo[] = []
  const take = (info: TensorInfo): TensorInfo => {
    const copy = toCpu(info, backend, cpu)
    taken.push(copy)
    return copy
  }
  const copies: Record<string, unknown> | unknown[] = Array.isArray(inputs) ? [] : {}
  for (const [name, value] of Object.entries(inputs) as [
    string,
    TensorInfo | TensorInfo[] | null | undefined,
  ][]) {
    const copy = Array.isArray(value) ? value.map(take) : value && take(value)
    ;(copies as Record<string, unknown>)[name] = copy
  }
  const outputs = kernelFunc({ inputs: copies as NamedTensorInfoMap, backend: cpu, attrs })
  const list = Array.isArray(outputs) ? outputs : [outputs]
  const results = list.map((info) => fromCpu(info, backend, cpu))
  // An output may share its data with an input, so both sides are released only now.
  for (const info of [...taken, ...list]) cpu.disposeData(info.dataId)
  return Array.isArray(outputs) ? results : results[0]!
}
