export { weightsFolder } from "./folder.js"
export { type Checked, type Fetched, type FetchOptions, type StoreOptions, WeightStore } from "./store.js"
