/** ONNX models as differentiable TensorFlow.js functions. */
export { type ImportedModel, type ImportedValue, importModel, unsupportedOperators } from "./model.js"
export { knownOperators } from "./operators/index.js"
