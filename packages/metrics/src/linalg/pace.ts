/** How a long computation may be watched and stopped. */
export interface PaceOptions {
  /** Stops the computation: it rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Share of the work that is done, in [0, 1]; called some ten times a second at most. */
  readonly onProgress?: (share: number) => void
}

/** Longest time without a look at the event loop, in milliseconds. */
const patience = 100

/** Lets timers, input and abort signals through while numbers are crunched. */
export class Pace {
  private last = Date.now()
  private done = 0

  /** @param work all that there will be to do, in the unit of `advance`, such as multiplications */
  constructor(
    private readonly options: PaceOptions,
    private readonly work: number,
  ) {}

  /** To be called often. @throws the signal's reason */
  async advance(done: number): Promise<void> {
    this.done += done
    if (Date.now() - this.last < patience) return
    this.options.onProgress?.(Math.min(1, this.done / this.work))
    await new Promise((resolve) => setTimeout(resolve))
    this.options.signal?.throwIfAborted()
    this.last = Date.now()
  }
}
