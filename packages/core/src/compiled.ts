import * as tf from "@tensorflow/tfjs-core"

type Program = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[]

/** What an engine may offer: a program recorded once and run again without its JavaScript. */
interface ReplayingBackend {
  replayed?(program: Program): Program
}

/**
 * The same function, which an engine that can (backend-ort) records and then runs again as one compiled graph: no kernel
 * calls, no gradient tape. Other engines run the program as it is.
 *
 * The program must be pure but for variables: what changes from call to call enters as an input or a variable; its own
 * JavaScript runs only while it is recorded. A program that draws numbers, keeps tensors or reads values is noticed and
 * recorded every time.
 * @param program tensors to a tensor or tensors; may assign variables
 * @returns the same results to the bit
 * @throws an error of code "ORT_REPLAY" where an impure program is found out later
 */
export function compiled<Inputs extends tf.Tensor[], Output extends tf.Tensor | tf.Tensor[]>(
  program: (...inputs: Inputs) => Output,
): (...inputs: Inputs) => Output {
  let made: { readonly backend: object; readonly run: Program } | undefined
  return (...inputs) => {
    const backend = tf.backend() as ReplayingBackend & object
    if (!backend.replayed) return program(...inputs)
    if (made?.backend !== backend) made = { backend, run: backend.replayed(program as unknown as Program) }
    return made.run(...inputs) as Output
  }
}
