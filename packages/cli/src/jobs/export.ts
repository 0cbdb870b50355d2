import { traceModel } from "@ifnormal/backend-ort"
import { type CounterfactualGenerator, type Detector, EngineError } from "@ifnormal/core"
import { encodeModel, type Model, modelProblems } from "@ifnormal/onnx"
import * as tf from "@tensorflow/tfjs-core"
import { VERSION } from "../version.js"

/** Values by name of one run of an exported model. */
export type Values = Readonly<Record<string, tf.Tensor>>

/** What becomes one file: the model's function, which the engine both records and runs. */
export interface Exportable {
  readonly part: "detector" | "generator"
  /** Shape of one example and type by input. */
  readonly inputs: Readonly<Record<string, { dtype: "float32" | "int32"; shape: readonly number[] }>>
  readonly run: (inputs: Values) => Values | Promise<Values>
  readonly weights: Readonly<Record<string, tf.Variable>>
}

/** images -> raw_score, score. */
export function exportableDetector(detector: Detector): Exportable {
  return {
    part: "detector",
    inputs: { images: { dtype: "float32", shape: detector.inputShape } },
    run: ({ images }) =>
      tf.tidy(() => {
        const raw = detector.rawScore(images as tf.Tensor4D)
        return { raw_score: raw, score: detector.bound(raw) }
      }),
    weights: detector.variables,
  }
}

/** images, alpha, concept -> counterfactual. */
export function exportableGenerator(generator: CounterfactualGenerator): Exportable {
  return {
    part: "generator",
    inputs: {
      images: { dtype: "float32", shape: generator.inputShape },
      alpha: { dtype: "float32", shape: [] },
      concept: { dtype: "int32", shape: [] },
    },
    async run({ images, alpha, concept }) {
      const made = await generator.generate(
        images as tf.Tensor4D,
        alpha as tf.Tensor1D,
        concept as tf.Tensor1D,
      )
      return { counterfactual: made }
    },
    weights: generator.variables,
  }
}

/**
 * Bytes of a portable .onnx file.
 * @param metadata ends up in the file as it is, beside the names of the contract
 * @throws TraceError for a function that has no fixed graph; EngineError "export-invalid" when the file is not portable
 */
export async function toOnnx(
  { part, inputs, run, weights }: Exportable,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const traced = await traceModel({ name: part, inputs, run, weights })
  const model: Model = { ...traced, producer: "ifnormal", producerVersion: VERSION, metadata }
  const problems = modelProblems(model)
  if (problems.length > 0)
    throw new EngineError({
      code: "export-invalid",
      message: `The ${part}'s file would not be portable: it ${problems.slice(0, 3).join("; it ")}.`,
      next: "This is a bug of the engine's export: report it with the type of the model.",
    })
  return encodeModel(model)
}
