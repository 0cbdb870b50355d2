import {
  cast,
  type GradConfig,
  greater,
  greaterEqual,
  less,
  lessEqual,
  Maximum,
  Minimum,
  mul,
  Prelu,
  SquaredDifference,
  sub,
  type Tensor,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core"
import { unbroadcast } from "./unbroadcast.js"

type Derivative = (dy: Tensor, a: Tensor, b: Tensor) => Tensor

/** Two inputs of one kernel and the derivative by each, in the shape of the output. */
const binary = (
  kernelName: string,
  [a, b]: [string, string],
  byA: Derivative,
  byB: Derivative,
): GradConfig => ({
  kernelName,
  inputsToSave: [a, b],
  gradFunc: (dy, saved) => {
    const [x, y] = saved as [Tensor, Tensor]
    return {
      [a]: () => unbroadcast(byA(dy as Tensor, x, y), x.shape),
      [b]: () => unbroadcast(byB(dy as Tensor, x, y), y.shape),
    }
  },
})

const masked = (dy: Tensor, mask: Tensor): Tensor => mul(dy, cast(mask, "float32"))

/** tfjs-core 4.22 forgets the broadcast axes of these and throws: tf.maximum(x, 0) has no gradient there. */
export const broadcastGradients: readonly GradConfig[] = [
  binary(
    Maximum,
    ["a", "b"],
    (dy, a, b) => masked(dy, greaterEqual(a, b)),
    (dy, a, b) => masked(dy, less(a, b)),
  ),
  binary(
    Minimum,
    ["a", "b"],
    (dy, a, b) => masked(dy, lessEqual(a, b)),
    (dy, a, b) => masked(dy, greater(a, b)),
  ),
  binary(
    SquaredDifference,
    ["a", "b"],
    (dy, a, b) => mul(dy, mul(2, sub(a, b))),
    (dy, a, b) => mul(dy, mul(2, sub(b, a))),
  ),
  binary(
    Prelu,
    ["x", "alpha"],
    (dy, x, alpha) => where(greater(x, 0), dy, mul(dy, alpha)),
    (dy, x) => where(greater(x, 0), zerosLike(dy), mul(dy, x)),
  ),
]
