export type { StateDict, StoredArrays, StoredDtype, StoredTensor } from "./tensors.js"
