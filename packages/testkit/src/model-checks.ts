import {
  assignVariables,
  type CounterfactualGenerator,
  type Detector,
  decodeSafetensors,
  encodeSafetensors,
  type FitOptions,
  type ImageShape,
  type ModelContext,
  readTensors,
  type TrainingState,
} from "@ifnormal/core"
import { demand, demandNoLeak, firstDifference } from "./check.js"
import { mockTrainingData } from "./mocks.js"

/** Options of all checks. */
export interface CheckOptions {
  /** Options of the plugin's entry, as in a config; default {}. */
  readonly options?: unknown
  /** Default [28, 28, 3]. Smaller is faster where the model allows it. */
  readonly inputShape?: ImageShape
  /** What the plugin finds in its context beside shape and seed: `sessions`, `readFile`. */
  readonly context?: ModelContext
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

/** @param more takes the place of what the options say */
export function fitBriefly(
  model: Model,
  shape: ImageShape,
  { fit = {} }: CheckOptions,
  more: Partial<FitOptions> = {},
): Promise<void> {
  const brief = { steps: 1, batchSize: 4, learningRate: 1e-3, seed: 5 }
  return model.fit(mockTrainingData(shape), { ...brief, ...fit, ...more })
}

/** The bytes that a checkpoint of the model would have. */
export async function bytesOf(model: Model): Promise<Uint8Array> {
  return encodeSafetensors(await readTensors(model.variables))
}

/** A new, untrained model of seed 1; `context` takes the place of that in the options. */
export type Make<M> = (context?: ModelContext) => Promise<M>

/** A context that reads what a checkpoint of the model would store, and nothing else. */
function storedContext(model: Model, { context = {} }: CheckOptions): ModelContext {
  const files: Readonly<Record<string, Uint8Array>> = ("files" in model && model.files) || {}
  return {
    ...context,
    readFile: async (path) => {
      const content = Object.hasOwn(files, path) ? files[path] : undefined
      demand(
        content !== undefined,
        `The loaded model reads ${path}, which is not among its files: ${Object.keys(files).join(", ") || "none"}.`,
        "Name every file that it is made of in `files`, by the path that the options give.",
      )
      return content.slice()
    },
  }
}

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
        using(make(), async (model) => {
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
    "training goes on where it was interrupted": check(async (make) => {
      const steps = Math.max(2, options.fit?.steps ?? 0)
      let interrupted: TrainingState | undefined
      const straight = await using(make(), async (model) => {
        const saveState = async (state: TrainingState) => void (interrupted ??= state)
        await fitBriefly(model, shape, options, { steps, saveEvery: 1, saveState })
        return bytesOf(model)
      })
      // A model that is trained in one go has no state to go on from.
      if (!interrupted) return
      const resumed = await using(make(), async (model) => {
        await fitBriefly(model, shape, options, { steps, resume: interrupted! })
        return bytesOf(model)
      })
      const difference = firstDifference(straight, resumed)
      demand(
        difference === undefined,
        `${steps} steps, and ${steps} steps resumed after step ${interrupted.step}: byte ${difference}.`,
        "Save and restore everything that training changes, optimizer moments too, as core's train() does.",
      )
    }),
    "saved and loaded, the output is bit-equal": check((make) =>
      using(make(), async (saved) => {
        await fitBriefly(saved, shape, options)
        const bytes = await bytesOf(saved)
        await using(make(storedContext(saved, options)), async (loaded) => {
          assignVariables(loaded.variables, decodeSafetensors(bytes))
          const difference = firstDifference(await output(saved), await output(loaded))
          demand(
            difference === undefined,
            `After loading ${difference}.`,
            "Put every number that training changes into `variables`; draw random ones from the context's seed.",
          )
        })
      }),
    ),
    "dispose frees everything": check(async (make) => {
      // Once before counting: some models make shared constants on first use.
      await using(make(), output)
      await demandNoLeak("Creating, using and disposing a model", async () => {
        await using(make(), output)
      })
    }),
  }
}
