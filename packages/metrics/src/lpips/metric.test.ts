import "@ifnormal/backend-ort"
import { CheckpointError, createMetric, createRegistry, type MetricInput } from "@ifnormal/core"
import { encodeModel } from "@ifnormal/onnx"
import { metricChecks, runChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, test } from "vitest"
import { trunkState } from "../../../../tools/reference/lpips_formula.mjs"
import { metrics } from "../index.js"
import { trunkParameters } from "./network.js"
import { loadLpips } from "./trunk-file.js"

/** SqueezeNet's weights by the formula as initializers of an ONNX file, names changed by `rename`. */
function onnxFile(rename = (name: string) => name): Uint8Array {
  const state = trunkState(trunkParameters("squeeze"))
  return encodeModel({
    nodes: [],
    inputs: [],
    outputs: [],
    initializers: [...state].map(([name, { shape, data }]) => ({
      name: rename(name),
      type: "float32",
      dims: shape,
      raw: new Uint8Array((data as Float32Array).buffer),
    })),
    opsets: { "": 17 },
  })
}
const weights = async () => onnxFile()

beforeAll(() => tf.setBackend("ort"))

describe("with weights the metric keeps every promise of the contract", () => {
  runChecks(
    test,
    metricChecks(metrics, "lpips", {
      options: { trunk: "squeeze" },
      inputShape: [17, 18, 3],
      context: { weights } as object,
      calls: 3,
    }),
  )
})

async function result(options: object, side: number, context: object = { weights }) {
  const inputShape = [side, side, 1] as const
  const metric = await createMetric(
    createRegistry([metrics]),
    { type: "lpips", options },
    { inputShape, ...context },
  )
  const images = tf.fill<tf.Rank.R4>([2, side, side, 1], 0.25)
  const originals = tf.concat<tf.Tensor4D>([images, tf.fill([1, side, side, 1], 0.75)]).slice(1)
  await metric.update({
    role: "counterfactual",
    images,
    originals,
    scores: Float64Array.of(0, 0),
    phi: Float64Array.of(0, 0),
    alpha: Float64Array.of(0, 0),
    concept: Int32Array.of(0, 0),
  } satisfies MetricInput)
  return { name: metric.name, ...(await metric.compute()) }
}

test("the result has a recipe with trunk, weights, size and upsampling", async () => {
  expect(await result({ trunk: "squeeze", upsample: 32 }, 28)).toMatchObject({
    name: "LPIPS anomaly to CE",
    n: 2,
    recipe: expect.stringMatching(
      /^LPIPS v0.1 squeeze \(richzhang\), trunk weights custom:[0-9a-f]{12}, input 28x28, upsampled bilinear to 32x32 \(align_corners false\)$/,
    ),
  })
  const { value, interval } = await result({ trunk: "squeeze" }, 28)
  expect(value).toBeGreaterThan(0)
  expect(interval![0]).toBeCloseTo(0, 12)
})

test("images below the minimum are upsampled to 64x64, which the recipe names", async () => {
  const { value, recipe } = await result({ trunk: "squeeze" }, 16)
  expect(value).toBeGreaterThan(0)
  expect(recipe).toMatch(/input 16x16, upsampled bilinear to 64x64 \(align_corners false\)$/)
})

test("too little upsampling and missing weights are skipped with what to do", async () => {
  expect((await result({ trunk: "alex", upsample: 30 }, 28)).skipped).toMatch(
    /needs images of at least 31x31 pixels, found 28x28, upsampled to 30. Upsample them/,
  )
  expect((await result({ trunk: "vgg" }, 28, {})).skipped).toMatch(/Run: ifnormal weights fetch lpips-vgg$/)
  const missing = async (name: string) => {
    throw new CheckpointError({ code: "weights-missing", message: `No ${name}.`, next: `Run: fetch ${name}` })
  }
  expect((await result({}, 31, { weights: missing })).skipped).toBe("No lpips-alex. Run: fetch lpips-alex")
})

test("weights that cannot be used are an error, not a reason to skip", async () => {
  const other = async () => onnxFile((name) => `onnx::${name}`)
  await expect(result({ trunk: "squeeze" }, 28, { weights: other })).rejects.toMatchObject({
    code: "weights-tensor",
    message: expect.stringMatching(/"features.0.weight" .* none of that name/),
  })
  await expect(result({ trunk: "alex" }, 31)).rejects.toMatchObject({ code: "weights-tensor" })
  await expect(loadLpips("alex", new Uint8Array(20))).rejects.toMatchObject({ code: "weights-format" })
  await expect(loadLpips("alex", Uint8Array.of(0x80, 2, 0x63))).rejects.toMatchObject({
    code: expect.stringMatching(/^weights-/),
  })
  await expect(result({ trunk: "squeeze", upsample: 20 }, 28)).rejects.toMatchObject({
    code: "lpips-upsample",
  })
})
