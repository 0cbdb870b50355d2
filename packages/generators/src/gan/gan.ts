import {
  CounterfactualGenerator,
  type CounterfactualNetworks,
  checkShape,
  compiled,
  cosine,
  type Detector,
  type FitOptions,
  type ImageShape,
  type Schedule,
  ShapeError,
  stepDecay,
  type TrainingData,
  trainCounterfactual,
  Variables,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { type ConceptClassifier, conceptClassifier } from "./concept-classifier.js"
import { discriminatorNetwork } from "./discriminator.js"
import { type GeneratorNetwork, generatorNetwork } from "./generator.js"
import { type GanInput, type GanOptions, ganOptions } from "./options.js"

type Named = Readonly<Record<string, tf.Variable>>

/**
 * The paper's generator (section 3.2) as a GAN: G, discriminator D and concept classifier R trained against a frozen
 * detector. Stored are G (with `average`, its moving average) and R; D exists only while training.
 * @throws ShapeError "generator-shape" unless height and width are multiples of 4
 */
export class GanGenerator extends CounterfactualGenerator {
  readonly inputShape: ImageShape
  readonly concepts: number
  readonly options: GanOptions
  readonly #detector: Detector
  readonly #seed: number
  readonly #stored: Variables
  readonly #network: GeneratorNetwork
  readonly #classifier: ConceptClassifier

  /** @param options input of `ganOptions`; what is left out has its default */
  constructor(detector: Detector, seed: number, options: GanInput = {}) {
    super()
    this.inputShape = detector.inputShape
    this.options = ganOptions.parse(options)
    this.concepts = this.options.concepts
    this.#detector = detector
    this.#seed = seed
    const [height, width, channels] = this.inputShape
    if (height % 4 !== 0 || width % 4 !== 0)
      throw new ShapeError({
        code: "generator-shape",
        message: `Images are ${height} x ${width}; generator "gan" expects multiples of 4.`,
        next: "Resize the images, e.g. to 28 x 28 or 32 x 32.",
      })
    this.#stored = new Variables(seed)
    this.#network = generatorNetwork(this.#stored.scope("generator"), channels, this.options)
    this.#classifier = conceptClassifier(this.#stored.scope("concept"), this.inputShape, this.options)
  }

  get variables(): Named {
    return this.#stored.all
  }

  async generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D): Promise<tf.Tensor4D> {
    checkShape(x, this.inputShape, 'Generator "gan"')
    return this.#generate(x, alpha, concept)
  }

  readonly #generate = compiled((x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D) =>
    tf.tidy(() => {
      const oneHot = tf.cast(tf.oneHot(concept.toInt(), this.concepts), "float32") as tf.Tensor2D
      return unsign(this.#network(sign(x), alpha, oneHot, "evaluate"))
    }),
  )

  /** R(x, counterfactual) without noise. */
  override conceptLogits(x: tf.Tensor4D, counterfactual: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => {
      const direction =
        this.options.conceptInput === "difference"
          ? this.#detector.score(x).sub<tf.Tensor1D>(this.#detector.score(counterfactual)).sign<tf.Tensor1D>()
          : tf.zeros<tf.Rank.R1>([x.shape[0]])
      return this.#classifier.classify(sign(x), sign(counterfactual), direction)
    })
  }

  /**
   * @throws TrainingError "nan", "stopped"
   * @throws ConfigError "batch-size", "detector-gradients"
   */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    const training = this.#trainingNetworks()
    const { discriminatorRate, conceptRate } = this.options
    try {
      await trainCounterfactual(training.networks, this.#detector, data, {
        fit: options,
        objective: { ...this.options, realNormalShare: this.options.realNormalShare ?? undefined },
        schedule: schedule(this.options),
        rates: { discriminator: discriminatorRate, concept: conceptRate },
      })
    } finally {
      training.dispose()
    }
  }

  /** D, and with a moving average a G of its own to train, beside what is stored. */
  #trainingNetworks(): { networks: CounterfactualNetworks; dispose(): void } {
    const channels = this.inputShape[2]
    const extra = new Variables(this.#seed)
    const discriminator = discriminatorNetwork(extra.scope("discriminator"), channels, this.options)
    const decay = this.options.average
    const stored = withPrefix(this.#stored.all, "generator/")
    const raw = decay > 0 ? new Variables(this.#seed) : undefined
    const generator = raw ? generatorNetwork(raw.scope("generator"), channels, this.options) : this.#network
    if (raw) copy(stored, raw.all)
    const averaged = Object.fromEntries(Object.entries(stored).map(([name, v]) => [`average/${name}`, v]))
    const networks: CounterfactualNetworks = {
      inputShape: this.inputShape,
      concepts: this.concepts,
      trained: {
        generator: (raw ?? this.#stored).trainable("generator/"),
        concept: this.#stored.trainable("concept/"),
        discriminator: extra.trainable(),
      },
      state: raw
        ? { ...raw.all, ...withPrefix(this.#stored.all, "concept/"), ...averaged, ...extra.all }
        : { ...this.#stored.all, ...extra.all },
      generate: (x, alpha, concept) => generator(x, alpha, concept, "train"),
      discriminate: discriminator,
      classify: this.#classifier.classify,
      noiseShape: this.#classifier.noiseShape,
      permutesChannels: this.options.conceptChannels === "permuted",
      powerIteration: () => extra.powerIteration(),
      ...(raw ? { average: { decay, update: (decay) => average(stored, raw.all, decay) } } : {}),
    }
    return {
      networks,
      dispose() {
        extra.dispose()
        raw?.dispose()
      },
    }
  }
}

const sign = (x: tf.Tensor4D): tf.Tensor4D => x.mul<tf.Tensor4D>(2).sub<tf.Tensor4D>(1)
const unsign = (x: tf.Tensor4D): tf.Tensor4D =>
  tf.clipByValue(x.add<tf.Tensor4D>(1).mul<tf.Tensor4D>(0.5), 0, 1)

function withPrefix(variables: Named, prefix: string): Record<string, tf.Variable> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith(prefix)))
}

function copy(from: Named, to: Named): void {
  for (const [name, variable] of Object.entries(to)) tf.tidy(() => variable.assign(from[name]!.clone()))
}

/** average <- decay average + (1 - decay) raw */
function average(averages: Named, raw: Named, decay: tf.Tensor): void {
  tf.tidy(() => {
    for (const [name, variable] of Object.entries(averages))
      variable.assign(variable.add(raw[name]!.sub(variable).mul(tf.sub(1, decay))))
  })
}

function schedule(options: GanOptions): Schedule | undefined {
  if (options.schedule === "cosine") return cosine(0.05, options.warmup)
  return options.schedule === "decay" ? stepDecay(0.7, 0.2) : undefined
}
