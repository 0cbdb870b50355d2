// The step that both sides time: a counterfactual GAN with encoder-decoder generator (five residual blocks, conditional
// batch norm), spectrally normalized residual D and R, a frozen convolutional detector. Plain TensorFlow.js, as a plugin
// author writes it. gan_step.py is the same network with the same names of weights. Another network for gan-step.mjs
// exports the same `make`.
import * as tf from "@tensorflow/tfjs-core"
import { stream, uniforms } from "../../core/dist/index.js"

/** Batch norm over the batch with per-sample gain and bias, and its closed-form gradient. */
const batchNorm = tf.customGrad((x, gain, bias, save) => {
  const centered = x.sub(x.mean([0, 1, 2], true))
  const scale = centered.square().mean([0, 1, 2], true).add(1e-5).rsqrt()
  const value = centered.mul(scale.mul(gain)).add(bias)
  save([centered, scale, gain])
  const area = x.shape[1] * x.shape[2]
  const gradFunc = (dy, [d, r, g]) => {
    const db = dy.sum([1, 2], true)
    const dg = dy.mul(d).sum([1, 2], true).mul(r)
    const meanBias = g.mul(db).mean([0], true).div(area)
    const meanGain = g.mul(dg).mean([0], true).div(area)
    return [
      d
        .mul(r.mul(r).mul(meanGain).neg())
        .sub(r.mul(meanBias))
        .add(dy.mul(r.mul(g))),
      dg,
      db,
    ]
  }
  return { value, gradFunc }
})

const BINS = 10
const CONCEPTS = 2
const down = (x) => tf.avgPool(x, 2, 2, "valid")
const up = (x) => tf.image.resizeNearestNeighbor(x, [x.shape[1] * 2, x.shape[2] * 2])

/**
 * @returns step(x, alpha, k): one training step, a function of x [batch, size, size, 3] in [-1, 1], alpha [batch] in
 * [0, 1] and k [batch] int32, that updates the variables and returns the losses of D and of G with R, [2], not yet read;
 * inputs(index): those of a step; weights: every variable by the name it has in gan_step.py
 */
export function make({ width, batch, size = 28, seed = 1 }) {
  let next = seed
  const weights = {}
  const normal = (name, shape, std) => variable(name, tf.randomNormal(shape, 0, std, "float32", next++))
  const filled = (name, shape, value) => variable(name, tf.fill(shape, value))
  function variable(name, initial) {
    const made = tf.variable(initial)
    initial.dispose()
    weights[name] = made
    return made
  }
  const trained = (...networks) =>
    Object.entries(weights)
      .filter(([name]) => networks.includes(name.split(".")[0]) && !name.endsWith("_u"))
      .map(([, made]) => made)

  const conv = (name, i, o, k) => {
    const w = normal(`${name}.weight`, [k, k, i, o], 1 / Math.sqrt(i * k * k))
    const b = filled(`${name}.bias`, [o], 0)
    return (x) => tf.conv2d(x, w, 1, "same").add(b)
  }
  const conditionalNorm = (name, channels) => {
    const gain = filled(`${name}.gain.weight`, [BINS * CONCEPTS, channels], 1)
    const bias = filled(`${name}.bias.weight`, [BINS * CONCEPTS, channels], 0)
    const rows = (table, y) => tf.gather(table, y).reshape([batch, 1, 1, channels])
    return (x, y) => batchNorm(x, rows(gain, y), rows(bias, y))
  }
  const generatorBlock = (name, i, o, mode) => {
    const n1 = conditionalNorm(`${name}.n1`, i)
    const c1 = conv(`${name}.c1`, i, o, 3)
    const n2 = conditionalNorm(`${name}.n2`, o)
    const c2 = conv(`${name}.c2`, o, o, 3)
    const skip = conv(`${name}.skip`, i, o, 1)
    const resample = mode === "down" ? down : mode === "up" ? up : (x) => x
    return (x, y) => {
      let h = n1(x, y).relu()
      if (mode === "up") h = up(h)
      h = c2(n2(c1(h), y).relu())
      if (mode === "down") h = down(h)
      return h.add(skip(resample(x)))
    }
  }
  const w = width
  const first = conv("G.first", 3, w, 3)
  const blocks = [
    generatorBlock("G.blocks.0", w, 2 * w, "down"),
    generatorBlock("G.blocks.1", 2 * w, 4 * w, "down"),
    generatorBlock("G.blocks.2", 4 * w, 4 * w, ""),
    generatorBlock("G.blocks.3", 4 * w, 2 * w, "up"),
    generatorBlock("G.blocks.4", 2 * w, w, "up"),
  ]
  const lastNorm = conditionalNorm("G.norm", w)
  const last = conv("G.last", w, 3, 3)
  const generator = (x, y) => {
    let h = first(x)
    for (const block of blocks) h = block(h, y)
    return last(lastNorm(h, y).relu()).tanh()
  }

  /** One power iteration a forward pass, outside the gradient tape (torch: no_grad). */
  const spectral = (name, weight) => {
    const outputs = weight.shape.at(-1)
    const u = normal(`${name}.weight_u`, [1, outputs], 1)
    const pairs = []
    const matrix = () => weight.reshape([-1, outputs])
    const unit = (x) => x.div(x.square().sum().sqrt().add(1e-12))
    const iterate = () => {
      const v = unit(tf.matMul(u, matrix(), false, true))
      const better = unit(tf.matMul(v, matrix()))
      u.assign(better)
      pairs.push([v, better])
    }
    const normalized = () => {
      const [v, right] = pairs.shift()
      return weight.div(tf.matMul(tf.matMul(v, matrix()), right, false, true).reshape([]))
    }
    return { iterate, normalized }
  }
  const critic = (name, channels, outputs) => {
    const norms = []
    const normConv = (name, i, o, k) => {
      const weight = normal(`${name}.weight_orig`, [k, k, i, o], 1 / Math.sqrt(i * k * k))
      const b = filled(`${name}.bias`, [o], 0)
      const norm = spectral(name, weight)
      norms.push(norm)
      return (x) => tf.conv2d(x, norm.normalized(), 1, "same").add(b)
    }
    const block = (index, i, o, shrink) => {
      const c1 = normConv(`${name}.blocks.${index}.c1`, i, o, 3)
      const c2 = normConv(`${name}.blocks.${index}.c2`, o, o, 3)
      const skip = normConv(`${name}.blocks.${index}.skip`, i, o, 1)
      return (x) => {
        const h = c2(c1(x.relu()).relu())
        return shrink ? down(h).add(down(skip(x))) : h.add(skip(x))
      }
    }
    const layers = [block(0, channels, w, true), block(1, w, 2 * w, true), block(2, 2 * w, 4 * w, false)]
    const head = normal(`${name}.head.weight_orig`, [4 * w, outputs], 0.1)
    const bias = filled(`${name}.head.bias`, [outputs], 0)
    const norm = spectral(`${name}.head`, head)
    norms.push(norm)
    const run = (x) => {
      let h = x
      for (const layer of layers) h = layer(h)
      return tf.matMul(h.relu().sum([1, 2]), norm.normalized()).add(bias)
    }
    const prepare = (calls) => {
      for (let i = 0; i < calls; i++) for (const each of norms) each.iterate()
    }
    return { run, prepare }
  }
  const D = critic("D", 3, 1)
  const R = critic("R", 6, CONCEPTS)

  const frozenNorm = (name, channels) => {
    const mean = filled(`${name}.running_mean`, [channels], 0)
    const variance = filled(`${name}.running_var`, [channels], 1)
    return (x) => x.sub(mean).mul(variance.add(1e-5).rsqrt())
  }
  const layers = [
    [3, 32],
    [32, 64],
    [64, 128],
  ].map(([i, o], index) => ({
    w: normal(`phi.${4 * index}.weight`, [5, 5, i, o], 1 / Math.sqrt(i * 25)),
    norm: frozenNorm(`phi.${4 * index + 1}`, o),
  }))
  const flat = Math.floor(size / 8) ** 2 * 128
  const dense = normal("phi.13.weight", [flat, 512], 1 / Math.sqrt(flat))
  const denseNorm = frozenNorm("phi.14", 512)
  const readout = normal("phi.16.weight", [512, 1], 1 / 22)
  const phi = (x) => {
    let h = x
    for (const layer of layers) {
      h = tf.maxPool(layer.norm(tf.conv2d(h, layer.w, 1, "same")).leakyRelu(0.01), 2, 2, "valid")
    }
    h = denseNorm(tf.matMul(h.reshape([batch, flat]), dense)).leakyRelu(0.01)
    return tf.matMul(h, readout).sigmoid().reshape([batch])
  }

  const condition = (alpha, k) =>
    alpha
      .mul(BINS - 1)
      .round()
      .toInt()
      .mul(tf.scalar(CONCEPTS, "int32"))
      .add(k)
  const crossEntropy = (logits, k) =>
    tf.logSoftmax(logits).mul(tf.oneHot(k, CONCEPTS).toFloat()).sum(1).mean().neg()
  const adamG = tf.train.adam(2e-4, 0, 0.9, 1e-8)
  const adamD = tf.train.adam(2e-4, 0, 0.9, 1e-8)
  const critics = trained("D")
  const generators = trained("G", "R")

  const step = (x, alpha, k) =>
    tf.tidy(() => {
      const fake = condition(alpha, k)
      const same = condition(phi(x), k)
      const made = generator(x, fake)
      D.prepare(2)
      const d = tf.variableGrads(
        () =>
          tf
            .relu(tf.sub(1, D.run(x)))
            .mean()
            .add(tf.relu(tf.add(1, D.run(made))).mean()),
        critics,
      )
      adamD.applyGradients(d.grads)
      D.prepare(1)
      R.prepare(2)
      const g = tf.variableGrads(() => {
        const y = generator(x, fake)
        const score = phi(y).clipByValue(1e-6, 1 - 1e-6)
        const reconstruction = generator(x, same)
        const cycle = generator(y, same)
        const target = alpha
          .mul(score.log())
          .add(tf.sub(1, alpha).mul(tf.sub(1, score).log()))
          .mean()
          .neg()
        const distance = x.sub(reconstruction).abs().mean().add(x.sub(cycle).abs().mean()).mul(100)
        const concept = crossEntropy(R.run(tf.concat([x, y], 3)), k).add(
          crossEntropy(R.run(tf.concat([y, y], 3)), k),
        )
        return D.run(y).mean().neg().add(target).add(distance).add(concept)
      }, generators)
      adamG.applyGradients(g.grads)
      return tf.stack([d.value, g.value])
    })
  const pixels = Float32Array.from(
    uniforms(stream(seed, "x"), batch * size * size * 3),
    (value) => 2 * value - 1,
  )
  const x = tf.tensor4d(pixels, [batch, size, size, 3])
  const inputs = (index) => {
    const concepts = stream(seed, "k", index)
    return {
      x,
      alpha: tf.tensor1d(uniforms(stream(seed, "alpha", index), batch)),
      k: tf.tensor1d(
        Int32Array.from({ length: batch }, () => concepts.int(CONCEPTS)),
        "int32",
      ),
    }
  }
  return { step, inputs, weights }
}
