import type { OnnxNode } from "../../model.js"

/** Values that a string attribute may have, as written in the standard; "" stands for any value of any type. */
type Rule = string

const windows = {
  auto_pad: "NOTSET SAME_UPPER SAME_LOWER VALID",
  dilations: "",
  kernel_shape: "",
  pads: "",
  strides: "",
}
const any = (...names: string[]): Record<string, Rule> => Object.fromEntries(names.map((name) => [name, ""]))
const reduction = any("axes", "keepdims", "noop_with_empty_axes")
const arg = any("axis", "keepdims", "select_last_index")
const axis = any("axis")
const alpha = any("alpha")

/**
 * The attributes that each operator reads, of all opsets. Operators that are not here have none: so the arithmetic of opset
 * 6, which broadcasts by `axis` and `broadcast`, is refused where it does.
 */
const attributes: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  ArgMax: arg,
  ArgMin: arg,
  AveragePool: { ...windows, ...any("ceil_mode", "count_include_pad") },
  BatchNormalization: any("epsilon", "momentum", "training_mode"),
  Cast: any("to", "saturate", "round_mode"),
  CastLike: any("saturate", "round_mode"),
  Celu: alpha,
  Clip: any("min", "max"),
  Compress: axis,
  Concat: axis,
  Constant: any("value", "value_float", "value_floats", "value_int", "value_ints"),
  ConstantOfShape: any("value"),
  Conv: { ...windows, ...any("group") },
  ConvTranspose: { ...windows, ...any("group", "output_padding", "output_shape") },
  CumSum: any("exclusive", "reverse"),
  DepthToSpace: { blocksize: "", mode: "DCR CRD" },
  Dropout: any("ratio", "seed"),
  Einsum: any("equation"),
  Elu: alpha,
  EyeLike: any("dtype", "k"),
  Flatten: axis,
  Gather: axis,
  GatherElements: axis,
  GatherND: any("batch_dims"),
  Gelu: { approximate: "none tanh" },
  Gemm: any("alpha", "beta", "transA", "transB"),
  GlobalLpPool: any("p"),
  GroupNormalization: any("epsilon", "num_groups", "stash_type"),
  HardSigmoid: any("alpha", "beta"),
  Hardmax: axis,
  InstanceNormalization: any("epsilon"),
  IsInf: any("detect_negative", "detect_positive"),
  LayerNormalization: any("axis", "epsilon", "stash_type"),
  LeakyRelu: alpha,
  LogSoftmax: axis,
  LpNormalization: any("axis", "p"),
  LpPool: { ...windows, ...any("ceil_mode", "p") },
  LRN: any("alpha", "beta", "bias", "size"),
  // storage_order is about the indices, which are refused.
  MaxPool: { ...windows, ...any("ceil_mode", "storage_order") },
  MeanVarianceNormalization: any("axes"),
  Mod: any("fmod"),
  OneHot: axis,
  Pad: { ...any("pads", "value"), mode: "constant reflect edge wrap" },
  ReduceL1: reduction,
  ReduceL2: reduction,
  ReduceLogSum: reduction,
  ReduceLogSumExp: reduction,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: reduction,
  ReduceSumSquare: reduction,
  Reshape: any("allowzero"),
  Resize: {
    ...any("antialias", "axes", "cubic_coeff_a", "exclude_outside", "extrapolation_value"),
    coordinate_transformation_mode:
      "half_pixel half_pixel_symmetric pytorch_half_pixel align_corners asymmetric tf_half_pixel_for_nn tf_crop_and_resize",
    keep_aspect_ratio_policy: "stretch not_larger not_smaller",
    mode: "nearest linear cubic",
    nearest_mode: "round_prefer_floor round_prefer_ceil floor ceil",
  },
  ReverseSequence: any("batch_axis", "time_axis"),
  RMSNormalization: any("axis", "epsilon", "stash_type"),
  Scatter: axis,
  ScatterElements: any("axis", "reduction"),
  ScatterND: any("reduction"),
  Selu: any("alpha", "gamma"),
  Shape: any("start", "end"),
  Shrink: any("bias", "lambd"),
  Slice: any("axes", "ends", "starts"),
  Softmax: axis,
  SpaceToDepth: { blocksize: "", mode: "DCR CRD" },
  Split: any("axis", "num_outputs", "split"),
  Squeeze: any("axes"),
  Swish: alpha,
  ThresholdedRelu: alpha,
  TopK: any("axis", "k", "largest", "sorted"),
  Transpose: any("perm"),
  Trilu: any("upper"),
  Unsqueeze: any("axes"),
  Upsample: { mode: "nearest linear", scales: "" },
}

/**
 * What a node asks for that would be left out of account, such as `Pad: attribute mode="mirror" is not supported`; [] when
 * everything is known.
 */
export function unknownAttributes({ op, attributes: given = {} }: OnnxNode): string[] {
  const rules = Object.hasOwn(attributes, op) ? attributes[op]! : {}
  return Object.entries(given).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === "" || (rule && typeof value === "string" && rule.split(" ").includes(value))) return []
    const shown = typeof value === "string" || typeof value === "number" ? `=${JSON.stringify(value)}` : ""
    return [`${op}: attribute ${name}${shown} is not supported`]
  })
}
