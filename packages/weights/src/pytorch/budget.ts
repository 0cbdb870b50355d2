import { weightsError } from "../errors.js"

/** Memory that a file may make the reader allocate. */
export class Budget {
  #left: number

  constructor(readonly total: number) {
    this.#left = total
  }

  /** @throws CheckpointError "weights-size" when `bytes` more are too many */
  take(bytes: number, what: string): void {
    if (bytes > this.#left)
      throw weightsError(
        "weights-size",
        `${what} takes ${bytes} bytes; ${this.#left} of ${this.total} that this file may take are left.`,
      )
    this.#left -= bytes
  }
}
