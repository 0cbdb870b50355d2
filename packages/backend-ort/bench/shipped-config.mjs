// The shipped configuration, as both sides of the comparison read it.
import { readFileSync } from "node:fs"
import { ganOptions } from "../../generators/dist/index.js"

const shipped = new URL("../../cli/models/colored-mnist/experiment.json", import.meta.url)

/**
 * What a step needs: resolved options of generator "gan", width of detector "bce", batch size, learning rate, steps.
 * @param experiment path of an experiment file, default the shipped one
 */
export function shippedConfig(experiment = shipped) {
  const { detector, generator } = JSON.parse(readFileSync(experiment, "utf8"))
  const { type, training, ...options } = generator
  if (type !== "gan" || detector.type !== "bce")
    throw new Error(`The comparison knows detector "bce" and generator "gan", not ${detector.type}, ${type}.`)
  return {
    generator: ganOptions.parse(options),
    detector: { width: detector.width ?? 16 },
    batch: training.batchSize,
    learningRate: training.learningRate,
    steps: training.steps,
    shape: [28, 28, 3],
  }
}
