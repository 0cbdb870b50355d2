// One bundle, one tfjs-core: core, cpu backend, this backend and tfjs-core's own specs, which load only after their
// environment is set.
import * as core from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js"
import "@tensorflow/tfjs-core/dist/register_all_gradients.js"
import * as jasmineUtil from "@tensorflow/tfjs-core/dist/jasmine_util.js"
import * as ort from "../dist/index.js"

const loadSpecs = () => require("@tensorflow/tfjs-core/dist/tests.js")

export { core, jasmineUtil, loadSpecs, ort }
