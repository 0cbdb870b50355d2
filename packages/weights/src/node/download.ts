import { open, rm, stat } from "node:fs/promises"
import { CheckpointError } from "@ifnormal/core"
import { fileError } from "@ifnormal/core/node"

export interface DownloadOptions {
  /** Size that the file must have. */
  readonly bytes: number
  readonly signal?: AbortSignal | undefined
  /** After every piece: bytes that are there, of all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** As often as a broken connection is taken up again while each brings something. Our choice. */
const MOST_ATTEMPTS = 5

/**
 * Downloads into `part`, from where it ends. A transfer that breaks is taken up again; what has arrived stays in `part`
 * when it fails or is stopped. Whether the content is right is for the caller's hash to say, so no ETag is kept: a file
 * that changed between two parts fails there.
 * @throws CheckpointError "weights-fetch"; FileError of writing; the signal's reason
 */
export async function download(url: string, part: string, options: DownloadOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part)
    try {
      return await transfer(url, part, before, options)
    } catch (error) {
      const brought = (await sizeOf(part)) > before
      if (!(error instanceof Interrupted)) throw error
      if (!brought || attempt === MOST_ATTEMPTS) throw failed(url, error.message, error.cause)
    }
  }
}

class Interrupted extends Error {}

async function transfer(url: string, part: string, found: number, options: DownloadOptions): Promise<void> {
  const { bytes, signal, onProgress } = options
  if (found > bytes) await rm(part)
  const from = found > bytes ? 0 : found
  if (from === bytes) return
  const response = await request(url, from, signal)
  const begin = response.status === 206 ? from : 0
  try {
    checkAnswer(url, response, from, bytes)
  } catch (error) {
    await response.body?.cancel()
    throw error
  }
  const file = await open(part, begin > 0 ? "a" : "w").catch((error) => {
    throw fileError("write", part, error)
  })
  try {
    let done = begin
    for await (const piece of pieces(response, signal)) {
      done += piece.length
      if (done > bytes) throw failed(url, `it sends more than the ${bytes} bytes that the file has`)
      await file.appendFile(piece).catch((error) => {
        throw fileError("write", part, error)
      })
      onProgress?.(done, bytes)
    }
    if (done < bytes) throw new Interrupted(`the transfer ended at byte ${done} of ${bytes}`)
    await file.sync().catch((error) => {
      throw fileError("write", part, error)
    })
  } finally {
    await file.close()
  }
}

async function request(url: string, from: number, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      // Packed on the way, the bytes could not be counted.
      headers: { "accept-encoding": "identity", ...(from > 0 && { range: `bytes=${from}-` }) },
      ...(signal && { signal }),
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw failed(url, reason(error), error)
  }
}

function checkAnswer(url: string, response: Response, from: number, bytes: number): void {
  const { status, headers } = response
  if (status === 206) {
    const range = headers.get("content-range") ?? "none"
    if (range === `bytes ${from}-${bytes - 1}/${bytes}`) return
    throw failed(
      url,
      `it answers with the range "${range}", expected bytes ${from} to ${bytes - 1} of ${bytes}`,
    )
  }
  if (status !== 200) throw failed(url, `the server answers ${status} ${response.statusText}`.trimEnd())
  const length = headers.get("content-length")
  if (length !== null && Number(length) !== bytes)
    throw failed(url, `the file there has ${length} bytes, expected ${bytes}`)
}

async function* pieces(response: Response, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (!response.body) return
  try {
    yield* response.body
  } catch (error) {
    signal?.throwIfAborted()
    // An error of writing passes through the generator's return, not through here.
    throw new Interrupted(`the connection broke (${reason(error)})`, { cause: error })
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0
    throw fileError("write", path, error)
  }
}

/** fetch says only "fetch failed"; its cause says why. */
function reason(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error & { code?: string } }
  return cause?.code ?? cause?.message ?? message
}

function failed(url: string, what: string, cause?: unknown): CheckpointError {
  return new CheckpointError({
    code: "weights-fetch",
    message: `${url} could not be fetched: ${what}.`,
    next: "Run the command again, it goes on where it stopped; or get the file elsewhere and pass --from <file or url>.",
    cause,
  })
}
