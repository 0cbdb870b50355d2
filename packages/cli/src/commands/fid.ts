import { realpathSync } from "node:fs"
import { useBackend } from "../backend.js"
import { interruptible } from "../interrupt.js"
import { type ExtractorOptions, openExtractor } from "../jobs/extractor.js"
import { type FolderFeatures, folderFeatures, imageFiles } from "../jobs/image-features.js"
import { distanceWarnings, type SetDistance, setDistances } from "../jobs/set-distances.js"
import { formatSeconds, type GlobalOptions } from "../options.js"
import { Output, table } from "../output.js"
import { startProgress } from "../progress.js"

interface FidOptions extends GlobalOptions, ExtractorOptions {
  readonly strict: boolean
}

/** `ifnormal fid <generated> <real>` */
export async function fid(generated: string, real: string, options: FidOptions): Promise<void> {
  const output = new Output(options)
  const start = Date.now()
  const files = [await imageFiles(generated), await imageFiles(real)] as const
  const backend = await useBackend(options)
  const extractor = await openExtractor(options, output)
  const { recipe } = extractor
  await interruptible(output.note.bind(output), async (signal) => {
    const progress = await startProgress({
      label: "features",
      total: files[0].length + files[1].length,
      quiet: options.quiet,
    })
    const measure = (folder: string, side: 0 | 1, done: number) =>
      folderFeatures(realpathSync(folder), files[side], extractor, {
        ...options,
        signal,
        onProgress: (count) => progress.update(done + count),
      })
    let sets: [FolderFeatures, FolderFeatures]
    try {
      sets = [await measure(generated, 0, 0), await measure(real, 1, files[0].length)]
    } finally {
      progress.stop()
      extractor.dispose()
    }
    for (const { leftOut } of sets)
      for (const { file, reason } of leftOut) output.note(`Left out ${file}: ${reason}`)
    const metrics = await setDistances(sets[0].features, sets[1].features, {
      recipe,
      signal,
      ...(options.seed !== undefined && { seed: options.seed }),
    })
    const warnings = distanceWarnings(...sets)
    const leftOut = sets.flatMap((set) => set.leftOut)
    const seconds = (Date.now() - start) / 1000
    output.result(
      {
        generated,
        real,
        recipe,
        metrics,
        warnings,
        leftOut,
        ...("counts" in extractor && { cache: extractor.counts }),
        backend,
        seconds,
      },
      `${describe(metrics)}\n\nrecipe: ${recipe}\n${draws(metrics)}\ntook ${formatSeconds(seconds)}${leftOut.length ? `; left out ${leftOut.length}` : ""}${warnings.map((warning) => `\n! ${warning}`).join("")}`,
    )
  })
}

function describe(metrics: readonly SetDistance[]): string {
  const { generated, real } = metrics[0]!.counts
  const rows = metrics.map(({ name, value, interval, skipped, withoutInterval = "" }) => [
    name,
    skipped ? "-" : digits(value),
    skipped ?? (interval ? `${digits(interval[0])} to ${digits(interval[1])}` : withoutInterval),
  ])
  return table(["metric", "value", `95 % interval; n = ${generated} generated, ${real} real`], rows)
}

/** How the intervals were drawn, and KID's subsets. */
function draws(metrics: readonly SetDistance[]): string {
  const { seed, draws } = metrics.find(({ interval }) => interval) ?? {}
  const { subsets, subsetSize, std } = metrics.find(({ name }) => name === "KID")!
  const kid =
    subsetSize === "all"
      ? ""
      : `; KID: ${subsets} subsets of ${subsetSize}, standard deviation ${digits(std!)}`
  return seed === undefined
    ? kid.slice(2)
    : `intervals: bootstrap over images, ${draws} draws, seed ${seed}${kid}`
}

const digits = (value: number): string => Number(value.toPrecision(6)).toString()
