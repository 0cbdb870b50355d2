import "./register.js"

export {
  BindingMissingError,
  FallbackError,
  GraphError,
  LostValueError,
  OrtBackendError,
  RunError,
  VerifyError,
} from "./errors.js"
export { type EngineInfo, engineInfo } from "./info.js"
export { getOptions, type OrtOptions, setOptions } from "./options.js"
export { resetStats, type Stats, stats } from "./stats.js"
