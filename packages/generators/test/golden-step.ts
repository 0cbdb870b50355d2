import { stream, type TrainingData, uniforms } from "@ifnormal/core"
import { BceDetector } from "@ifnormal/detectors"
import * as tf from "@tensorflow/tfjs-core"
import { expect } from "vitest"
import golden from "../src/gan/step.golden.json" with { type: "json" }
import { GanGenerator, type GanInput } from "../src/index.js"

const { config, seeds, sharpen } = golden
const shape = config.shape as [number, number, number]

const data: TrainingData = {
  shape,
  length: 1,
  outliers: 1,
  async *batches({ size, seed, start = 0 }) {
    for (let step = start; ; step++) {
      const pixels = uniforms(stream(seed, "data", step), size * shape[0] * shape[1] * shape[2])
      const x = tf.tensor4d(pixels, [size, ...shape])
      const outlier = tf.tensor1d(Array.from({ length: size }, (_, i) => (i < size / 2 ? 0 : 1)))
      yield { x, outlier }
      tf.dispose([x, outlier])
    }
  },
}

/** Trains a small CE-GAN on the current backend and expects the terms and moving averages that PyTorch has in float64. */
export async function expectGoldenSteps(): Promise<void> {
  const detector = new BceDetector(shape, seeds.detector, config.detector)
  const last = detector.variables["fc2/weight"]!
  tf.tidy(() => last.assign(last.mul(sharpen)))
  const generator = new GanGenerator(detector, seeds.generator, config.generator as GanInput)
  const steps: Readonly<Record<string, number>>[] = []
  await generator.fit(data, {
    steps: config.steps,
    batchSize: config.batch,
    learningRate: config.learningRate,
    seed: seeds.fit,
    onStep: (terms) => void steps.push(terms),
  })
  expect(steps).toHaveLength(golden.terms.length)
  for (const [i, expected] of golden.terms.entries())
    for (const [name, value] of Object.entries(expected))
      expect(Math.abs(steps[i]![name]! - value), `${name} of step ${i + 1}`).toBeLessThan(1e-5)
  for (const [name, value] of Object.entries(golden.averageNorms)) {
    const norm = Math.sqrt(generator.variables[name]!.square().sum().dataSync()[0]!)
    expect(Math.abs(norm - value), name).toBeLessThan(1e-5)
  }
}
