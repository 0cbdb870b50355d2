// One bundle, one tfjs-core: core, cpu backend, this backend from its sources and tfjs-core's own specs, which load only
// after their environment is set.
import * as core from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js"
import "@tensorflow/tfjs-core/dist/register_all_gradients.js"
import * as jasmineUtil from "@tensorflow/tfjs-core/dist/jasmine_util.js"
import { gradientOverrides } from "../src/gradients/index.ts"
import * as ort from "../src/index.ts"
import { families } from "../src/kernels/index.ts"
import { rules } from "../src/passes/blocked-layout.ts"
import { passNames } from "../src/passes/index.ts"

const loadSpecs = () => require("@tensorflow/tfjs-core/dist/tests.js")

export { core, families, gradientOverrides, jasmineUtil, loadSpecs, ort, passNames, rules }
