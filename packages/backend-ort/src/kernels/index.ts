import { binaryKernels } from "./binary.js"
import { compareKernels } from "./compare.js"
import { convKernels } from "./conv.js"
import { createKernels } from "./create.js"
import type { Kernel } from "./define.js"
import { gatherKernels } from "./gather.js"
import { internalKernels } from "./internal.js"
import { matmulKernels } from "./matmul.js"
import { poolKernels } from "./pool.js"
import { reduceKernels } from "./reduce.js"
import { resizeKernels } from "./resize.js"
import { shapeKernels } from "./shape.js"
import { sliceKernels } from "./slice.js"
import { unaryKernels } from "./unary.js"

const families = [
  binaryKernels,
  compareKernels,
  convKernels,
  createKernels,
  gatherKernels,
  internalKernels,
  matmulKernels,
  poolKernels,
  reduceKernels,
  resizeKernels,
  shapeKernels,
  sliceKernels,
  unaryKernels,
].flat()

/** Every kernel by name, sorted; a new one is an object in a family file and nothing else. */
export const kernels: ReadonlyMap<string, Kernel> = new Map(
  families.map((kernel): [string, Kernel] => [kernel.name, kernel]).sort(([a], [b]) => (a < b ? -1 : 1)),
)
