import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core"
import type { OrtBackend } from "../backend.js"
import type { Emitter } from "../emitter.js"
import type { GraphNode } from "../graph.js"

export interface KernelCall {
  readonly inputs: NamedTensorInfoMap
  readonly attrs: NamedAttrMap
  readonly backend: OrtBackend
}

/** Records the call: output shape and type, no values. `null` declines these arguments; the cpu backend takes them. */
export type Infer = (call: KernelCall) => TensorInfo | TensorInfo[] | null

/** The ONNX form of one node; `inputs` are value names in the order of `node.inputs`. */
export type Emit = (node: GraphNode, inputs: readonly string[], emitter: Emitter) => string

export interface Kernel {
  readonly name: string
  /** Absent for nodes that only passes make. */
  readonly infer?: Infer
  /** Absent for kernels that record other kernels' nodes. */
  readonly emit?: Emit
  /** Each output element depends on the same element of broadcast inputs: the node may run in any layout. */
  readonly elementwise?: boolean
}

/** The input of that name; kernels of tfjs-core always pass their required inputs. */
export const input = (call: KernelCall, name: string): TensorInfo => call.inputs[name] as TensorInfo
