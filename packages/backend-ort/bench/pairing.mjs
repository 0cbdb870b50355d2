// Sides that take turns, one unit of work each, so that all meet the same load of a shared machine.
// Measure on a quiet machine: PyTorch's OpenMP threads spin at every barrier, and where other work holds a core they wait
// for it there (50 times slower steps were seen), which says nothing about either side.
import { spawn } from "node:child_process"
import { dirname, resolve } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const here = dirname(fileURLToPath(import.meta.url))
// Until the idle threads of the side before have stopped spinning.
const PAUSE_MS = 250
const WARM_UP = 3

/**
 * Starts a side that waits for its turns.
 * @param script of this folder, or a path; gets --json
 * @param pauseMs before each turn
 * @returns turn(limitMs): one unit, as the line that it printed; rejects with the side's last words, or after `limitMs`
 */
export function startSide(command, [script, ...args], pauseMs = PAUSE_MS) {
  const began = performance.now()
  const child = spawn(command, [resolve(here, script), ...args, "--json"], { cwd: here })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let words = ""
  child.stderr.on("data", (bytes) => {
    words = (words + bytes).slice(-20_000)
  })
  const gone = new Promise((_, reject) => {
    child.on("error", reject)
    child.on("close", (code, signal) => reject(new Error(lastWords(words) || `ended with ${signal ?? code}`)))
  })
  gone.catch(() => {})
  child.stdin.on("error", () => {})
  return {
    async turn(limitMs) {
      await sleep(pauseMs)
      child.stdin.write("\n")
      const stop = new AbortController()
      const next = lines.next().then(({ value, done }) => (done ? gone : JSON.parse(value)))
      const late =
        limitMs &&
        sleep(limitMs, undefined, { signal: stop.signal }).then(() => {
          child.kill()
          throw new Error(`warm-up took more than ${Math.round(limitMs / 1000)} s`)
        })
      try {
        return await Promise.race([next, gone, late].filter(Boolean))
      } finally {
        stop.abort()
        late?.catch?.(() => {})
      }
    },
    sinceStart: () => performance.now() - began,
    end: () => child.kill(),
  }
}

// A Python traceback says it in its last line that is not indented.
function lastWords(text) {
  const said = text.split("\n").filter((line) => /^\S/.test(line))
  return said.findLast((line) => /Error|Exception/.test(line)) ?? said.at(-1)
}

/**
 * Warms up every side, then lets them take turns; who begins changes from round to round.
 * @param sides by name: { command, args, limitMs } with a limit for the first unit of a side that may fail
 * @returns by name: { units: one line a round, first: the line of the first unit }, or { failed: why }
 */
export async function takeTurns(sides, rounds, pauseMs = PAUSE_MS) {
  const started = {}
  const results = {}
  try {
    for (const [name, { command, args, limitMs }] of Object.entries(sides)) {
      const side = startSide(command, args, pauseMs)
      started[name] = side
      try {
        const first = await side.turn(limitMs)
        for (let i = 1; i < WARM_UP; i++) await side.turn(limitMs)
        results[name] = { first, units: [] }
      } catch (error) {
        if (!limitMs) throw new Error(`${name}: ${error.message}`)
        results[name] = { failed: error.message }
      }
    }
    const names = Object.keys(results).filter((name) => !results[name].failed)
    for (let round = 0; round < rounds; round++)
      for (let i = 0; i < names.length; i++) {
        const name = names[(i + round) % names.length]
        results[name].units.push(await started[name].turn())
      }
    return results
  } finally {
    for (const side of Object.values(started)) side.end()
  }
}
