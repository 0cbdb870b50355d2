import { formatSeconds } from "./options.js"

const LINE_EVERY_MS = 5000

/** Progress of one long piece of work on stderr: a bar on a terminal, otherwise a line every five seconds. */
export interface Progress {
  update(done: number, terms?: Readonly<Record<string, number>>): void
  stop(): void
}

export interface ProgressOptions {
  readonly label: string
  readonly total: number
  /** Done before this process began (--resume); not counted in the estimate. */
  readonly start?: number
  readonly quiet: boolean
}

/** "phi 0.213  rec 0.031". */
export function formatTerms(terms: Readonly<Record<string, number>> = {}): string {
  return Object.entries(terms)
    .map(([name, value]) => `${name} ${formatTerm(value)}`)
    .join("  ")
}

function formatTerm(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

/** Starts showing progress. */
export async function startProgress(options: ProgressOptions): Promise<Progress> {
  if (options.quiet) return { update() {}, stop() {} }
  return process.stderr.isTTY ? bar(options) : lines(options)
}

async function bar({ label, total, start = 0 }: ProgressOptions): Promise<Progress> {
  const { default: cliProgress } = await import("cli-progress")
  const shown = new cliProgress.SingleBar(
    {
      format: `${label} [{bar}] {value}/{total}  {left}  {terms}`,
      stream: process.stderr,
      barsize: 24,
      fps: 4,
      hideCursor: true,
      clearOnComplete: false,
    },
    cliProgress.Presets.shades_classic,
  )
  const began = Date.now()
  shown.start(total, start, { left: "", terms: "" })
  return {
    update(done, terms) {
      shown.update(done, { left: remaining(began, start, done, total), terms: formatTerms(terms) })
    },
    stop() {
      shown.stop()
    },
  }
}

function lines({ label, total, start = 0 }: ProgressOptions): Progress {
  const began = Date.now()
  let last = began
  return {
    update(done, terms) {
      const now = Date.now()
      if (now - last < LINE_EVERY_MS && done < total) return
      last = now
      const shown = formatTerms(terms)
      process.stderr.write(
        `${label} ${done}/${total}  ${remaining(began, start, done, total)}${shown ? `  ${shown}` : ""}\n`,
      )
    },
    stop() {},
  }
}

function remaining(began: number, start: number, done: number, total: number): string {
  if (done >= total) return `took ${formatSeconds((Date.now() - began) / 1000)}`
  if (done <= start) return ""
  return `${formatSeconds((((Date.now() - began) / (done - start)) * (total - done)) / 1000)} left`
}
