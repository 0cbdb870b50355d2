import "./register.js"

export {
  BindingMissingError,
  FallbackError,
  GraphError,
  LostValueError,
  OrtBackendError,
  ProviderError,
  ReplayError,
  RunError,
  TraceError,
  VerifyError,
} from "./errors.js"
export { type EngineInfo, engineInfo } from "./info.js"
export { getOptions, type OrtOptions, type Provider, setOptions } from "./options.js"
export { type ProviderState, providerState, providers, requireProvider } from "./providers.js"
export { sessionRunner } from "./session-runner.js"
export { resetStats, type Stats, stats } from "./stats.js"
export { type TraceInput, type TraceSpec, traceModel } from "./trace.js"
