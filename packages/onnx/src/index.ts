export { graphProblems, modelProblems, PORTABLE_OPSETS } from "./check.js"
export { decodeModel } from "./decode.js"
export { encodeModel } from "./encode.js"
export { ImportError, type ImportErrorCode } from "./import-error.js"
export {
  type Attribute,
  DataType,
  type DataTypeName,
  type Initializer,
  type Model,
  type OnnxNode,
  type ValueInfo,
} from "./model.js"
export {
  type OnnxRuntime,
  RuntimeRunner,
  type RuntimeRunnerOptions,
  RuntimeSession,
  type RuntimeTensor,
  type RuntimeValue,
} from "./session.js"
export { SessionError } from "./session-error.js"
