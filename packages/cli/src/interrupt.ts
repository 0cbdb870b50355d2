import { EXIT } from "./exit.js"

/**
 * Runs `work` with a signal that the first Ctrl-C raises: the step under way ends and its state is saved. The second
 * Ctrl-C ends the process at once; what was last saved stays.
 */
export async function interruptible<T>(
  note: (line: string) => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    note("Stopping after this step. Ctrl-C again ends at once.")
    controller.abort()
  }
  process.on("SIGINT", onInterrupt)
  try {
    return await work(controller.signal)
  } finally {
    process.off("SIGINT", onInterrupt)
  }
}
