import { binaryKernels } from "./binary.js"
import { compareKernels } from "./compare.js"
import { complexKernels } from "./complex.js"
import { convKernels } from "./conv.js"
import { conv3dKernels } from "./conv3d.js"
import { createKernels } from "./create.js"
import type { Kernel } from "./define.js"
import { einsumKernels } from "./einsum.js"
import { fusedKernels } from "./fused.js"
import { gatherKernels } from "./gather.js"
import { internalKernels } from "./internal.js"
import { matmulKernels } from "./matmul.js"
import { morphologyKernels } from "./morphology.js"
import { normalizeKernels } from "./normalize.js"
import { orderKernels } from "./order.js"
import { poolKernels } from "./pool.js"
import { generalPoolKernels } from "./pool-general.js"
import { reduceKernels } from "./reduce.js"
import { resizeKernels } from "./resize.js"
import { scanKernels } from "./scan.js"
import { scatterKernels } from "./scatter.js"
import { shapeKernels } from "./shape.js"
import { sliceKernels } from "./slice.js"
import { spaceKernels } from "./space.js"
import { unaryKernels } from "./unary.js"

/** By file of this folder. */
export const families: Readonly<Record<string, readonly Kernel[]>> = {
  binary: binaryKernels,
  compare: compareKernels,
  complex: complexKernels,
  conv: convKernels,
  conv3d: conv3dKernels,
  create: createKernels,
  einsum: einsumKernels,
  fused: fusedKernels,
  gather: gatherKernels,
  internal: internalKernels,
  matmul: matmulKernels,
  morphology: morphologyKernels,
  normalize: normalizeKernels,
  order: orderKernels,
  pool: poolKernels,
  "pool-general": generalPoolKernels,
  reduce: reduceKernels,
  resize: resizeKernels,
  scan: scanKernels,
  scatter: scatterKernels,
  shape: shapeKernels,
  slice: sliceKernels,
  space: spaceKernels,
  unary: unaryKernels,
}

/** Where a kernel is, or would be added. */
export function kernelFile(name: string): string {
  const [family = "index"] =
    Object.entries(families).find(([, list]) => list.some((kernel) => kernel.name === name)) ?? []
  return `packages/backend-ort/src/kernels/${family}.ts`
}

/** Every kernel by name, sorted; a new one is an object in a family file and nothing else. */
export const kernels: ReadonlyMap<string, Kernel> = new Map(
  Object.values(families)
    .flat()
    .map((kernel): [string, Kernel] => [kernel.name, kernel])
    .sort(([a], [b]) => (a < b ? -1 : 1)),
)
