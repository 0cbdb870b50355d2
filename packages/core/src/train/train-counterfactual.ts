import * as tf from "@tensorflow/tfjs-core"
import { compiled } from "../compiled.js"
import type { Detector } from "../contract/detector.js"
import { ConfigError } from "../contract/errors.js"
import type { FitOptions, TrainingBatch, TrainingData } from "../contract/training.js"
import {
  conceptAccuracy,
  conceptLoss,
  discriminatorLoss,
  diversityLoss,
  generatorLoss,
  reconstructionLoss,
  scoreLoss,
} from "../objective/losses.js"
import { type ObjectiveOptions, weightedSum } from "../objective/objective.js"
import { type Adam, adam } from "./adam.js"
import { type Draws, draw } from "./draws.js"
import { type BatchLayout, batchLayout, countRows, pick } from "./layout.js"
import { runLoop } from "./loop.js"
import { type CounterfactualNetworks, GAN_ADAM } from "./networks.js"
import type { Schedule } from "./schedule.js"

export interface CounterfactualOptions {
  readonly fit: FitOptions
  readonly objective: ObjectiveOptions
  /** Half of each batch from outlier exposure, where there is one. Default true. */
  readonly outliers?: boolean
  /** Factor on the learning rate. Default 1 throughout. */
  readonly schedule?: Schedule
  /** Learning rates of D and of R over that of G. Default 1. */
  readonly rates?: { readonly discriminator?: number; readonly concept?: number }
}

/** Terms that are reported each step: loss of D, the terms of U unweighted, and the accuracy of R on (x, xbar). */
export const counterfactualTerms = ["discriminator", "gan", "phi", "rec", "cycle", "concept"] as const

/**
 * The alternating training of section 3.2: one step of D, then one of (G, R) against the new D and the frozen
 * detector. Each step is one program of tfjs operations without a read-back in between, and everything that changes
 * from step to step enters as a tensor, so a lazy engine compiles it once.
 * @throws ConfigError "detector-gradients" when phi cannot be differentiated, "batch-size" when the batch does not divide
 * @throws TrainingError "nan", "stopped"; see `runLoop`
 */
export async function trainCounterfactual(
  networks: CounterfactualNetworks,
  detector: Detector,
  data: TrainingData,
  options: CounterfactualOptions,
): Promise<void> {
  const { fit, objective } = options
  const copies = objective.pairConcepts ? networks.concepts : 1
  check(detector, fit.batchSize, copies)
  const optimizers = {
    generator: adam(networks.trained.generator, GAN_ADAM),
    concept: adam(networks.trained.concept, GAN_ADAM),
    discriminator: adam(networks.trained.discriminator, GAN_ADAM),
  }
  const slots = Object.values(optimizers).flatMap((optimizer) => Object.entries(optimizer.slots))
  const outliers = (options.outliers ?? true) && data.outliers > 0
  const layout = batchLayout(fit.batchSize, networks.concepts, objective, outliers)
  const context: StepContext = { networks, detector, optimizers, options, layout }
  const update = compiledStep(context)
  try {
    await runLoop({
      data,
      options: fit,
      outliers,
      batchSize: layout.dataSize,
      state: { ...networks.state, ...Object.fromEntries(slots) },
      terms: [...counterfactualTerms, ...extraTerms(objective), "conceptAccuracy"],
      step: (batch, step) => tf.tidy(() => update(stepInputs(context, batch, step))),
    })
  } finally {
    for (const [, slot] of slots) slot.dispose()
  }
}

interface StepContext {
  readonly networks: CounterfactualNetworks
  readonly detector: Detector
  readonly optimizers: Readonly<Record<"generator" | "concept" | "discriminator", Adam>>
  readonly options: CounterfactualOptions
  readonly layout: BatchLayout
}

/** Everything that changes from step to step, as tensors. */
interface StepInputs extends Draws {
  /** [batch, height, width, channels] in [0, 1] */
  readonly x: tf.Tensor4D
  readonly numbers: tf.Tensor1D
}

/** Rows that R sees: the images of G's batch, and those of the cycle. */
function countPairs({ options, layout }: StepContext): number {
  return layout.rows + (options.objective.conceptPair === "none" ? 0 : countRows(layout.cycle))
}

function stepInputs(context: StepContext, batch: TrainingBatch, step: number): StepInputs {
  const { networks, options, layout } = context
  const size = { batch: layout.rows, pairs: countPairs(context), seed: options.fit.seed, step }
  const numbers = tf.tensor1d(Object.values(stepNumbers(context, step)))
  return { x: batch.x, numbers, ...draw(networks, options.objective, size) }
}

/** The step as a program of tensors, recorded once by an engine that can. */
function compiledStep(context: StepContext): (inputs: StepInputs) => tf.Tensor1D {
  const numberNames = Object.keys(stepNumbers(context, 0))
  let names: readonly string[] = []
  const run = compiled((...tensors: tf.Tensor[]) => {
    const { noise, channels, ...rest } = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))
    const inputs = { ...rest, view: { noise, channels } } as unknown as StepInputs
    return counterfactualStep(context, inputs, (name) => inputs.numbers.slice(numberNames.indexOf(name), 1))
  })
  return ({ view, ...rest }) => {
    const inputs: Record<string, tf.Tensor> = { ...rest, ...view }
    names = Object.keys(inputs)
    return run(...Object.values(inputs))
  }
}

function counterfactualStep(
  context: StepContext,
  inputs: StepInputs,
  number: (name: string) => tf.Tensor,
): tf.Tensor1D {
  const { networks, detector, optimizers, options, layout } = context
  const { objective } = options
  const { rows, copies, images } = layout
  const cycles = countRows(layout.cycle)
  const pairs = countPairs(context)

  const score = (signed: tf.Tensor4D): tf.Tensor1D => detector.score(signed.add<tf.Tensor4D>(1).mul(0.5))
  const repeat = <T extends tf.Tensor>(x: T): T =>
    copies === 1 ? x : (tf.concat(Array.from({ length: copies }, () => x)) as T)
  const cycled = <T extends tf.Tensor>(x: T): T => pick(x, layout.cycle)
  const terms: Record<string, tf.Scalar> = {}
  const report = (name: string, term: tf.Scalar): tf.Scalar => (terms[name] = tf.keep(term))

  const signed = inputs.x.mul<tf.Tensor4D>(2).sub<tf.Tensor4D>(1)
  const scores = detector.score(inputs.x)
  const x = repeat(pick(signed, layout.generator))
  const phi = repeat(pick(scores, layout.generator))
  const { concept, identity, view } = inputs
  const alpha = targets(inputs, phi, objective)
  const direction = phi.sub<tf.Tensor1D>(alpha).sign<tf.Tensor1D>()
  const change = alpha.sub<tf.Tensor1D>(phi).abs<tf.Tensor1D>()
  const weight = objective.conceptWeight === "change" ? change : undefined
  const ganWeight =
    objective.ganWeight === "change" ? change.div<tf.Tensor1D>(change.mean().maximum(0.05)) : undefined
  const { weights } = objective

  const updateDiscriminator = (xbar: tf.Tensor4D): void => {
    const real = pick(signed, layout.real)
    const realPhi = pick(scores, layout.real)
    const n = real.shape[0]
    networks.powerIteration()
    const { grads } = tf.variableGrads(() => {
      const d = networks.discriminate(tf.concat([real, xbar]), tf.concat([realPhi, alpha]))
      return report("discriminator", discriminatorLoss(d.slice(0, n), d.slice(n, rows), ganWeight)).mul(
        weights.gan,
      )
    }, Object.values(networks.trained.discriminator))
    optimizers.discriminator.apply(grads, number("discriminator"), number("discriminatorCorrection"))
    networks.powerIteration()
  }

  const { grads } = tf.variableGrads(() => {
    const loss: Record<string, tf.Scalar> = {}
    const pass = objective.reconstruction === "pass"
    // One pass over both: shared batch statistics, half the operations.
    const both = pass
      ? networks.generate(tf.concat([x, x]), tf.concat([alpha, phi]), tf.concat([concept, concept]))
      : networks.generate(x, alpha, concept)
    const xbar = pass ? both.slice([0], [rows]) : both
    // D first, with fakes of the current G; nothing of this reaches G's gradient.
    updateDiscriminator(xbar)
    loss.gan = report(
      "gan",
      generatorLoss(networks.discriminate(xbar, alpha), objective.generatorLoss, ganWeight),
    )
    loss.phi = report("phi", scoreLoss(score(xbar), alpha, objective.scoreLoss))
    loss.rec = report(
      "rec",
      pass
        ? reconstructionLoss(x, both.slice([rows], [rows]))
        : sampledReconstruction(x, xbar, identity, objective),
    )
    const from = cycles > 0 ? cycled(xbar) : undefined
    const cycle = from && networks.generate(from, cycled(phi), cycled(concept))
    loss.cycle = report("cycle", cycle ? reconstructionLoss(cycled(x), cycle) : tf.scalar(0))
    const to = objective.conceptPair === "dissect" ? cycle : from
    const second = pairs > rows && from && to ? { from, to } : undefined
    const logits = networks.classify(
      second ? tf.concat([x, second.from]) : x,
      second ? tf.concat([xbar, second.to]) : xbar,
      second ? tf.concat([direction, cycled(direction).neg<tf.Tensor1D>()]) : direction,
      view,
    )
    const first = logits.slice([0], [rows])
    const one = conceptLoss(first, concept, weight)
    const two = second
      ? conceptLoss(logits.slice([rows], [cycles]), cycled(concept), weight && cycled(weight))
      : undefined
    loss.concept = report("concept", two ? one.add(two) : one)
    if (weights.diversity > 0) {
      const next = tf.concat([xbar.slice([images]), xbar.slice([0], [images])])
      loss.diversity = report("diversity", diversityLoss(xbar, next, objective.diversityMargin, change))
    }
    if (weights.proximity > 0) loss.proximity = report("proximity", reconstructionLoss(x, xbar))
    report("conceptAccuracy", conceptAccuracy(first, concept))
    return weightedSum(loss, weights as unknown as Record<string, number>)
  }, [...Object.values(networks.trained.generator), ...Object.values(networks.trained.concept)])
  optimizers.generator.apply(grads, number("generator"), number("generatorCorrection"))
  optimizers.concept.apply(grads, number("concept"), number("conceptCorrection"))
  networks.average?.update(number("decay"))
  const names = [...counterfactualTerms, ...extraTerms(objective), "conceptAccuracy"]
  const values = tf.stack(names.map((name) => terms[name]!)) as tf.Tensor1D
  tf.dispose(terms)
  return values
}

/** Names of terms that only some objectives have. */
function extraTerms(objective: ObjectiveOptions): string[] {
  return (["diversity", "proximity"] as const).filter((name) => objective.weights[name] > 0)
}

/** The target scores: drawn, or phi(x), or the end that phi(x) is farther from. */
function targets(draws: Draws, phi: tf.Tensor1D, objective: ObjectiveOptions): tf.Tensor1D {
  const { identity, flip } = objective.alpha
  if (identity === 0 && flip === 0) return draws.alpha
  const drawn = draws.alpha.mul(tf.sub(1, draws.identity).sub(draws.flip))
  const far = tf.less(phi, 0.5).cast("float32").mul(draws.flip)
  return drawn.add(phi.mul(draws.identity)).add(far)
}

/** L_rec over the images whose target is their own score. */
function sampledReconstruction(
  x: tf.Tensor4D,
  xbar: tf.Tensor4D,
  identity: tf.Tensor1D,
  objective: ObjectiveOptions,
): tf.Scalar {
  const expected = Math.max(1, x.shape[0] * objective.alpha.identity)
  return x.sub(xbar).abs().mean([1, 2, 3]).mul(identity).sum<tf.Scalar>().div(expected)
}

/** All numbers of a step by name; they are uploaded as one tensor. */
function stepNumbers(context: StepContext, step: number): Record<string, number> {
  const { options, optimizers, networks } = context
  const { fit, rates } = options
  const rate = fit.learningRate * (options.schedule?.(step, fit.steps) ?? 1)
  const generator = optimizers.generator.numbers(step + 1, rate)
  const concept = optimizers.concept.numbers(step + 1, rate * (rates?.concept ?? 1))
  const discriminator = optimizers.discriminator.numbers(step + 1, rate * (rates?.discriminator ?? 1))
  return {
    generator: generator[0],
    generatorCorrection: generator[1],
    concept: concept[0],
    conceptCorrection: concept[1],
    discriminator: discriminator[0],
    discriminatorCorrection: discriminator[1],
    // Short memory at first, so that the average forgets the initial weights.
    decay: Math.min(networks.average?.decay ?? 0, (step + 1) / (step + 10)),
  }
}

function check(detector: Detector, batchSize: number, divisor: number): void {
  if (detector.gradients !== "exact")
    throw new ConfigError({
      code: "detector-gradients",
      message: `The detector has gradients "${detector.gradients}"; this generator needs "exact".`,
      next: "Choose a detector that can be differentiated, or a generator that needs scores only.",
    })
  if (batchSize < 1 || batchSize % divisor !== 0)
    throw new ConfigError({
      code: "batch-size",
      message: `The batch size is ${batchSize}; expected a multiple of ${divisor}.`,
      next: `Set training.batchSize to a multiple of ${divisor}.`,
    })
}
