import {
  assignVariables,
  type CounterfactualGenerator,
  type Detector,
  decodeSafetensors,
  encodeSafetensors,
  type FitOptions,
  type ImageShape,
  readTensors,
} from "@ifnormal/core"
import { demand, demandNoLeak, firstDifference } from "./check.js"
import { mockTrainingData } from "./mocks.js"

/** Options of all checks. */
export interface CheckOptions {
  /** Options of the plugin's entry, as in a config; default {}. */
  readonly options?: unknown
  /** Default [28, 28, 3]. Smaller is faster where the model allows it. */
  readonly inputShape?: ImageShape
  /** How the checks train, default 1 step of 4 images at learning rate 0.001. */
  readonly fit?: Partial<Pick<FitOptions, "steps" | "batchSize" | "learningRate">>
  /** Calls in the check for leaks, default 200. */
  readonly calls?: number
  /** Check name -> why it fails by design. */
  readonly expectedFailures?: Readonly<Record<string, string>>
}

type Model = Detector | CounterfactualGenerator

/** Makes a model, hands it over, disposes it whatever happens. */
export async function using<M extends Model, T>(
  made: Promise<M>,
  work: (model: M) => Promise<T>,
): Promise<T> {
  const model = await made
  try {
    return await work(model)
  } finally {
    model.dispose()
  }
}

export function fitBriefly(model: Model, shape: ImageShape, { fit = {} }: CheckOptions): Promise<void> {
  return model.fit(mockTrainingData(shape), { steps: 1, batchSize: 4, learningRate: 1e-3, seed: 5, ...fit })
}

/** The bytes that a checkpoint of the model would have. */
export async function bytesOf(model: Model): Promise<Uint8Array> {
  return encodeSafetensors(await readTensors(model.variables))
}

/** A new, untrained model of a seed. */
export type Make<M> = (seed: number) => Promise<M>

/**
 * What detectors and generators promise alike.
 * @param withMake runs work that makes models, and frees what they stand on
 * @param output what the model says about fixed images
 */
export function modelChecks<M extends Model>(
  withMake: (work: (make: Make<M>) => Promise<void>) => Promise<void>,
  output: (model: M) => Promise<Float32Array>,
  shape: ImageShape,
  options: CheckOptions,
): Record<string, () => Promise<void>> {
  const check = (work: (make: Make<M>) => Promise<void>) => () => withMake(work)
  return {
    "same seed, same weights": check(async (make) => {
      const trained = () =>
        using(make(1), async (model) => {
          const fresh = await bytesOf(model)
          await fitBriefly(model, shape, options)
          return [fresh, await bytesOf(model)] as const
        })
      const [a, b] = [await trained(), await trained()]
      for (const [i, when] of ["after creation", "after training"].entries()) {
        const difference = firstDifference(a[i]!, b[i]!)
        demand(
          difference === undefined,
          `Two models of seed 1 differ ${when}: byte ${difference}.`,
          "Draw every random number from core's stream(seed, ...) and add in a fixed order.",
        )
      }
    }),
    "saved and loaded, the output is bit-equal": check((make) =>
      using(make(1), async (saved) => {
        await fitBriefly(saved, shape, options)
        const bytes = await bytesOf(saved)
        await using(make(2), async (loaded) => {
          assignVariables(loaded.variables, decodeSafetensors(bytes))
          const difference = firstDifference(await output(saved), await output(loaded))
          demand(
            difference === undefined,
            `After loading ${difference}.`,
            "Put every number that the output depends on into `variables`.",
          )
        })
      }),
    ),
    "dispose frees everything": check(async (make) => {
      // Once before counting: some models make shared constants on first use.
      await using(make(1), output)
      await demandNoLeak("Creating, using and disposing a model", async () => {
        await using(make(1), output)
      })
    }),
  }
}
