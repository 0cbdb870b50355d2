import * as tf from "@tensorflow/tfjs-core"

/**
 * A value that no gradient flows through, such as a comparison or an index: TensorFlow.js refuses to differentiate what
 * uses one. The computation hides in the function of a dummy, so that the tape does not see where it comes from.
 */
export function frozen(run: () => tf.Tensor): tf.Tensor {
  const hidden = tf.customGrad((dummy) => ({
    value: run(),
    gradFunc: () => tf.zerosLike(dummy as tf.Tensor),
  }))
  return hidden(tf.scalar(0))
}
