// How each kind of row is measured. Every function returns what it found with `bars`, each met or not.
import { spawnSync } from "node:child_process"
import { freemem } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { stepFlops } from "./flops.mjs"
import { startSide, takeTurns } from "./pairing.mjs"
import { line, spread } from "./statistics.mjs"
import { works } from "./work.mjs"

const LAYOUTS = { contiguous: [], "channels-last": ["--channels-last"] }
const GIB = 2 ** 30

const here = dirname(fileURLToPath(import.meta.url))
const bar = (what, value, limit, reach) => ({ what, value, limit, reach, met: value <= limit })
const summary = (side) => ({
  ...(side.failed
    ? { failed: side.failed }
    : {
        ms: spread(side.units.map(({ ms }) => ms)),
        firstMs: side.first.ms,
        importMb: side.first.importMb,
        peakMb: side.units.at(-1).peakMb,
        name: side.first.name,
        compiles: side.units.reduce((sum, { compiles }) => sum + (compiles ?? 0), 0),
      }),
})
const ratio = (ours, theirs) => spread(ours.units.map(({ ms }, i) => ms / theirs.units[i].ms))

/** Which Python has PyTorch: undefined or why not. */
export function withoutTorch(python) {
  const { error, status, stderr } = spawnSync(python, ["-c", "import torch"], { encoding: "utf8" })
  if (error) return `${python}: ${error.message}`
  return status === 0 ? undefined : stderr.trim().split("\n").at(-1)
}

/** Ours against the better of PyTorch's two memory layouts, and against torch.compile. */
export async function paired(work, limits, context) {
  const { python, rounds, threads, noTorch, compileLimit } = context
  const options = JSON.stringify({ threads, ...work.options })
  const torch = (extra) => ({ command: python, args: [...work.torch, "--threads", `${threads}`, ...extra] })
  const sides = { ours: { command: process.execPath, args: [...work.ours, "--options", options] } }
  if (!noTorch) for (const [layout, extra] of Object.entries(LAYOUTS)) sides[layout] = torch(extra)
  if (!noTorch && compileLimit > 0 && work.compiles !== false)
    sides.compiled = { ...torch(["--compile", ...LAYOUTS["channels-last"]]), limitMs: compileLimit * 1000 }
  const results = await takeTurns(sides, rounds)
  const row = Object.fromEntries(Object.entries(results).map(([name, side]) => [name, summary(side)]))
  if (noTorch) return { ...row, bars: [] }
  const [best] = Object.keys(LAYOUTS).sort((a, b) => row[a].ms.median - row[b].ms.median)
  row.best = best
  row.ratio = ratio(results.ours, results[best])
  row.rss = row.ours.peakMb / row[best].peakMb
  // PyTorch's wheel with CUDA takes half a gigabyte to import; this ratio leaves the imports out on both sides.
  if (row[best].importMb && row.ours.importMb)
    row.rssAboveImports = (row.ours.peakMb - row.ours.importMb) / (row[best].peakMb - row[best].importMb)
  if (results.compiled && !results.compiled.failed) row.compiledRatio = ratio(results.ours, results.compiled)
  row.bars = [bar("ours / eager", row.ratio.median, limits.ratio, limits.reach)]
  if (limits.rss) row.bars.push(bar("peak RSS", row.rss, limits.rss, limits.reachRss))
  return row
}

/** From the start of the process to the losses of its first step, in turns with PyTorch. */
export async function processStart(context) {
  const { ours, torch } = works.gan()
  const { python, rounds, threads, noTorch } = context
  const sides = { ours: [process.execPath, [...ours, "--options", JSON.stringify({ threads })]] }
  if (!noTorch) sides.torch = [python, [...torch, "--threads", `${threads}`, "--channels-last"]]
  const seconds = Object.fromEntries(Object.keys(sides).map((name) => [name, []]))
  // The first round brings the files into the page cache.
  for (let round = 0; round <= rounds; round++)
    for (const [name, [command, args]] of Object.entries(sides)) {
      await sleep(250)
      const side = startSide(command, args)
      await side.turn()
      if (round > 0) seconds[name].push(side.sinceStart() / 1000)
      side.end()
    }
  const row = Object.fromEntries(Object.entries(seconds).map(([name, list]) => [name, { s: spread(list) }]))
  return { ...row, bars: [bar("seconds", row.ours.s.median, 4, 2)] }
}

async function points(list, { rounds, threads }) {
  const sides = Object.fromEntries(
    list.map((point) => [
      JSON.stringify(point),
      {
        command: process.execPath,
        args: [...works.gan(point).ours, "--options", JSON.stringify({ threads })],
      },
    ]),
  )
  const results = await takeTurns(sides, rounds)
  return list.map((point) => {
    const { ms, peakMb } = summary(results[JSON.stringify(point)])
    const gflops = stepFlops({ size: 28, ...point }) / (ms.median * 1e6)
    return { ...point, ms, peakMb, msPerImage: ms.median / point.batch, gflops }
  })
}

/**
 * Batch 16 to 256 at width 16. Linear has two readings, and both are told: time = fixed + images x slope, and the same
 * time for each image at either end.
 */
export async function batchGrowth(context) {
  const list = await points(
    [16, 32, 64, 128, 256].map((batch) => ({ width: 16, batch })),
    context,
  )
  const { worst, fixed, slope } = line(list.map(({ batch, ms }) => [batch, ms.median]))
  const ends = list[0].msPerImage / list.at(-1).msPerImage
  return {
    points: list,
    fixedMs: fixed,
    slopeMs: slope,
    bars: [
      bar(`distance from ${fixed.toFixed(0)} ms + ${slope.toFixed(1)} ms an image`, worst, 0.15),
      bar("an image's time, batch 16 / 256", ends, 1.15),
    ],
  }
}

/** Operations a second at width 16 to 64, batch 64. */
export async function widthGrowth(context) {
  const list = await points(
    [16, 32, 64].map((width) => ({ width, batch: 64 })),
    context,
  )
  const fall = 1 - Math.min(...list.map(({ gflops }) => gflops)) / list[0].gflops
  return { points: list, bars: [bar("fall of FLOP/s from width 16", fall, 0.15)] }
}

/** One large step: does the cost stay linear up to 16 GB? */
export async function memoryGrowth(context) {
  const large = { width: 64, batch: 192 }
  if (freemem() < 17 * GIB)
    return { skipped: `needs 17 GiB of free memory, found ${(freemem() / GIB).toFixed(1)}`, bars: [] }
  const [small] = await points([{ width: 16, batch: 64 }], context)
  const [point] = await points([large], { ...context, rounds: 3 })
  return { points: [small, point], bars: [bar("fall of FLOP/s", 1 - point.gflops / small.gflops, 0.15)] }
}

/** 200 calls of explain on 1 to 64 images in one process: what is compiled, and what stays in memory. */
export async function explaining({ threads }) {
  const args = ["--expose-gc", join(here, "explain.mjs"), "--options", JSON.stringify({ threads })]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" })
  if (status !== 0) throw new Error(`explain.mjs: ${stderr}`)
  const facts = JSON.parse(stdout)
  const [, half, end] = facts.rssMb
  return {
    facts,
    bars: [
      // Seven batch sizes, each for scoring alone and for generating with scoring.
      bar("graphs", facts.graphs + facts.graphsMore, 14),
      bar("tensors left", facts.tensorsMore, 0),
      bar("RSS at the end / halfway", end / half, 1.05),
    ],
  }
}
