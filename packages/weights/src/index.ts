export { CATALOG, type CatalogEntry } from "./catalog.js"
export type { WeightsProblem } from "./errors.js"
export { type ReadOptions, readPyTorch, readPyTorchShapes } from "./pytorch/read.js"
export type { StateDict, StoredArrays, StoredDtype, StoredTensor } from "./tensors.js"
