import * as tf from "@tensorflow/tfjs-core"

export interface AdamOptions {
  /** Default 0.9. At 0 the first moment is the gradient and is not stored. */
  readonly beta1?: number
  /** Default 0.999. */
  readonly beta2?: number
  /** Default 1e-8. */
  readonly epsilon?: number
}

/** Adam (Kingma and Ba 2015) as PyTorch computes it, with slots that can be saved by name. */
export interface Adam {
  /** First and second moments, "<name>/adam_m" and "<name>/adam_v". */
  readonly slots: Readonly<Record<string, tf.Variable>>
  /**
   * The numbers of one step that the graph must not contain as constants: [learning rate / (1 - beta1^t),
   * 1 / sqrt(1 - beta2^t)].
   * @param step number of this step, from 1
   */
  numbers(step: number, learningRate: number): [rate: number, correction: number]
  /**
   * p -= rate m / (sqrt(v) correction + epsilon), after m and v took in the gradient.
   * @param gradients by the variables' tfjs names, as `tf.variableGrads` returns them
   * @param rate tensor of one element, so is `correction`
   */
  apply(gradients: tf.NamedTensorMap, rate: tf.Tensor, correction: tf.Tensor): void
}

/** Adam for these variables. */
export function adam(variables: Readonly<Record<string, tf.Variable>>, options: AdamOptions = {}): Adam {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options
  const slots: Record<string, tf.Variable> = {}
  const slot = (name: string, like: tf.Variable): tf.Variable => {
    const zeros = tf.tensor(new Float32Array(like.size), like.shape, "float32")
    slots[name] = tf.variable(zeros, false)
    zeros.dispose()
    return slots[name]
  }
  const rows = Object.entries(variables).map(([name, variable]) => ({
    variable,
    first: beta1 === 0 ? undefined : slot(`${name}/adam_m`, variable),
    second: slot(`${name}/adam_v`, variable),
  }))
  return {
    slots,
    numbers: (step, learningRate) => [learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)],
    apply(gradients, rate, correction) {
      tf.tidy(() => {
        for (const { variable, first, second } of rows) {
          const gradient = gradients[variable.name]
          if (!gradient) continue
          const v = second.mul(beta2).add(gradient.square().mul(1 - beta2))
          const m = first ? first.mul(beta1).add(gradient.mul(1 - beta1)) : gradient
          second.assign(v)
          first?.assign(m)
          variable.assign(variable.sub(m.mul(rate).div(v.sqrt().mul(correction).add(epsilon))))
        }
      })
    },
  }
}
