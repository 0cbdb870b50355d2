import * as tf from "@tensorflow/tfjs-core"
import { stream } from "../random.js"
import type { Initializer } from "./init.js"

/** "train": batch statistics, running statistics are updated. "evaluate": running statistics. */
export type Mode = "train" | "evaluate"

/** Weights divided by their largest singular value; see `spectralNorm`. */
export interface SpectralNorm {
  /** One power iteration; call it once before each pass in training. Nothing of it is differentiated. */
  update(): void
  /** The normalized weight, differentiable in the weight. */
  weight(): tf.Tensor
}

/**
 * Collects the variables of a network by name. Layers create theirs through it: "down1/conv1/weight". The first
 * values of a variable depend on (seed, name) only, so adding a layer does not change the others.
 */
export class Variables {
  /** Everything created here and in the scopes below, by full name. */
  readonly all: Record<string, tf.Variable>
  /** Spectral norms created here and in the scopes below. */
  readonly spectralNorms: SpectralNorm[]
  readonly #prefix: string

  constructor(
    readonly seed: number,
    prefix = "",
    parent?: Variables,
  ) {
    this.#prefix = prefix
    this.all = parent?.all ?? {}
    this.spectralNorms = parent?.spectralNorms ?? []
  }

  /** The same collection, with `name/` before every name. */
  scope(name: string): Variables {
    return new Variables(this.seed, `${this.#prefix}${name}/`, this)
  }

  /**
   * Creates a variable.
   * @throws Error when the name is taken: a mistake in a network's code.
   */
  create(name: string, shape: readonly number[], init: Initializer, trainable = true): tf.Variable {
    const full = this.#prefix + name
    if (full in this.all) throw new Error(`Variable ${full} exists already.`)
    const values = init(
      shape.reduce((a, b) => a * b, 1),
      stream(this.seed, "init", full),
    )
    const value = tf.tensor(values, [...shape], "float32")
    const variable = tf.variable(value, trainable)
    value.dispose()
    this.all[full] = variable
    return variable
  }

  /** The trainable variables whose name begins with `prefix`, in order of creation. */
  trainable(prefix = ""): Record<string, tf.Variable> {
    return Object.fromEntries(
      Object.entries(this.all).filter(([name, variable]) => variable.trainable && name.startsWith(prefix)),
    )
  }

  /** One power iteration of every spectral norm. */
  powerIteration(): void {
    tf.tidy(() => {
      for (const norm of this.spectralNorms) norm.update()
    })
  }

  /** Frees all variables. */
  dispose(): void {
    for (const variable of Object.values(this.all)) variable.dispose()
  }
}
