export { decodeModel } from "./decode.js"
export { encodeModel } from "./encode.js"
export {
  type Attribute,
  DataType,
  type DataTypeName,
  type Initializer,
  type Model,
  type OnnxNode,
  type ValueInfo,
} from "./model.js"
