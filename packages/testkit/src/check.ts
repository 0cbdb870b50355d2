import { IfnormalError } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

/** One promise of the contract, to be run with others of its kind by `runChecks`. */
export interface Check {
  readonly name: string
  /** @throws CheckError when the promise is not kept */
  run(): Promise<void>
}

/** A promise of the contract is not kept. */
export class CheckError extends IfnormalError {}

/** Throws what is wrong unless `kept`. */
export function demand(kept: boolean, found: string, next: string): asserts kept {
  if (!kept) throw new CheckError({ code: "check-failed", message: found, next })
}

/**
 * Hands every check to a test runner: `runChecks(test, detectorChecks(plugin, "centroid"))`. One after the other: they
 * count tensors, so none may run beside another (no `test.concurrent`).
 * @param test of vitest, node:test, jest or whatever takes a name and an asynchronous function
 */
export function runChecks(
  test: (name: string, run: () => Promise<void>) => unknown,
  checks: readonly Check[],
): void {
  for (const { name, run } of checks) test(name, () => run())
}

/**
 * Turns named functions into checks.
 * @param expectedFailures name -> why that check fails by design. Such a check passes while it fails, and fails when it passes.
 * @throws CheckError "check-unknown" when a name is not among the checks
 */
export function makeChecks(
  checks: Readonly<Record<string, () => Promise<void>>>,
  expectedFailures: Readonly<Record<string, string>> = {},
): Check[] {
  for (const name of Object.keys(expectedFailures))
    if (!Object.hasOwn(checks, name))
      throw new CheckError({
        code: "check-unknown",
        message: `expectedFailures names "${name}"; the checks are ${Object.keys(checks).join("; ")}.`,
        next: "Name one of these checks.",
      })
  return Object.entries(checks).map(([name, run]) => {
    const reason = expectedFailures[name]
    if (reason === undefined) return { name, run }
    return {
      name: `${name} (fails as declared: ${reason})`,
      async run() {
        const failed = await run().then(
          () => false,
          () => true,
        )
        demand(
          failed,
          `"${name}" was declared to fail (${reason}), but passes.`,
          "Take it out of expectedFailures.",
        )
      },
    }
  })
}

/** The message of what `call` throws, undefined when it throws nothing. */
export async function messageOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Whether a text has these numbers in this order. */
export function namesShape(text: string | undefined, shape: readonly number[]): boolean {
  return new RegExp(`\\b${shape.join("\\D+")}\\b`).test(text ?? "")
}

/** Reads a tensor back and disposes it. */
export async function take(tensor: tf.Tensor): Promise<Float32Array> {
  const data = (await tensor.data()).slice() as Float32Array
  tensor.dispose()
  return data
}

/** First place where two lists differ by more than `tolerance` of the larger value (at least 1), or undefined. */
export function firstDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  tolerance = 0,
): string | undefined {
  if (a.length !== b.length) return `${a.length} values against ${b.length}`
  for (let i = 0; i < a.length; i++) {
    const scale = Math.max(1, Math.abs(a[i]!), Math.abs(b[i]!))
    if (!(Math.abs(a[i]! - b[i]!) <= tolerance * scale)) return `value ${i} is ${a[i]} against ${b[i]}`
  }
  return undefined
}

/** Runs `call` on an image batch of a wrong height and demands an error that names both shapes. */
export async function demandShapeError(
  shape: readonly [number, number, number],
  call: (x: tf.Tensor4D) => unknown,
): Promise<void> {
  const [height, width, channels] = shape
  const wrong = [height + 1, width, channels]
  const x = tf.zeros<tf.Rank.R4>([2, height + 1, width, channels])
  const message = await messageOf(async () => tf.dispose((await call(x)) as tf.Tensor))
  x.dispose()
  demand(
    namesShape(message, wrong) && namesShape(message, shape),
    `Images of shape [2, ${wrong.join(", ")}] where [batch, ${shape.join(", ")}] is expected: ${message === undefined ? "no error" : `the error says "${message}"`}.`,
    "Compare x.shape with inputShape first and throw a ShapeError that names both.",
  )
}

/** Runs `call` and demands that as many tensors exist afterwards as before. */
export async function demandNoLeak(what: string, call: () => Promise<void>): Promise<void> {
  const before = tf.memory().numTensors
  await call()
  const left = tf.memory().numTensors - before
  demand(
    left === 0,
    `${what}: ${left} tensors more than before.`,
    "Wrap the work in tf.tidy and dispose what outlives it.",
  )
}
