import { readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import {
  decodeSafetensors,
  type ExplanationsFile,
  FileError,
  type LogLine,
  type MetricsFile,
  type RunFile,
  type ScoresFile,
} from "@ifnormal/core"
import { readBytes } from "@ifnormal/core/node"

/** The files of a run folder that the report shows. A file that is not there is undefined. */
export interface RunFiles {
  readonly run?: RunFile
  readonly experiment?: unknown
  readonly scores?: ScoresFile
  /** `images`: uint8 [n, h, w, c]. */
  readonly explanations?: {
    readonly index: ExplanationsFile
    readonly images: Uint8Array
    /** uint8 [m, h, w]: heatmaps, and masks of defects. */
    readonly maps?: Uint8Array
    readonly masks?: Uint8Array
  }
  readonly metrics?: MetricsFile
  readonly logs: { readonly detector?: readonly LogLine[]; readonly generator?: readonly LogLine[] }
}

/**
 * Reads a run folder (contract/run-files.ts).
 * Throws FileError "not-found" without the folder, "run-file-broken" for a file that is not what the contract says.
 */
export async function readRun(folder: string): Promise<RunFiles> {
  const found = await stat(folder).catch(() => undefined)
  if (!found?.isDirectory())
    throw new FileError({
      code: "not-found",
      message: `Found no run folder at ${folder}; expected a folder that ifnormal has written.`,
      next: "Pass the folder of a run, e.g. runs/demo, or make one with `npx ifnormal demo`.",
    })
  const json = <T extends { format: 1 }>(name: string) => readJson<T>(folder, name, true)
  const [run, experiment, scores, index, metrics, detector, generator] = await Promise.all([
    json<RunFile>("run.json"),
    readJson<unknown>(folder, "experiment.json", false),
    json<ScoresFile>("scores.json"),
    json<ExplanationsFile>("explanations/index.json"),
    json<MetricsFile>("metrics.json"),
    readLog(folder, "detector/log.jsonl"),
    readLog(folder, "generator/log.jsonl"),
  ])
  const explanations = index && { index, ...(await readImages(folder, index)) }
  return { run, experiment, scores, explanations, metrics, logs: { detector, generator } }
}

async function readJson<T>(folder: string, name: string, versioned: boolean): Promise<T | undefined> {
  const text = await readText(folder, name)
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw broken(folder, name, "text that is not JSON", "one JSON object", cause)
  }
  const format = (value as { format?: unknown } | null)?.format
  if (versioned && format !== 1)
    throw broken(folder, name, `format ${JSON.stringify(format)}`, "format 1, the one this version reads")
  return value as T
}

/** Lines up to the first that is cut off: a log may be read while a training writes it. */
async function readLog(folder: string, name: string): Promise<LogLine[] | undefined> {
  const text = await readText(folder, name)
  if (text === undefined) return undefined
  const log: LogLine[] = []
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue
    try {
      log.push(JSON.parse(line))
    } catch {
      break
    }
  }
  return log.length > 0 ? log : undefined
}

async function readImages(folder: string, index: ExplanationsFile) {
  const name = "explanations/images.safetensors"
  const { images, maps, masks } = decodeSafetensors(await readBytes(join(folder, name)), name)
  const [h, w, c] = index.shape
  if (images?.dtype !== "uint8" || images.shape.slice(1).join() !== [h, w, c].join())
    throw broken(
      folder,
      name,
      images ? `"images" ${images.dtype} [${images.shape.join(", ")}]` : 'no tensor "images"',
      `"images" uint8 [n, ${h}, ${w}, ${c}]`,
    )
  const n = images.shape[0]!
  for (const explanation of index.explanations)
    for (const { image } of [explanation, ...explanation.counterfactuals, ...(explanation.strip ?? [])])
      if (!(Number.isInteger(image) && image >= 0 && image < n))
        throw broken(folder, "explanations/index.json", `image row ${image}`, `rows 0 to ${n - 1} of ${name}`)
  const planes = { maps, masks }
  for (const [tensor, plane] of Object.entries(planes))
    if (plane && (plane.dtype !== "uint8" || plane.shape.slice(1).join() !== [h, w].join()))
      throw broken(
        folder,
        name,
        `"${tensor}" [${plane.shape.join(", ")}]`,
        `"${tensor}" uint8 [m, ${h}, ${w}]`,
      )
  return {
    images: images.data as Uint8Array,
    ...(maps && { maps: maps.data as Uint8Array }),
    ...(masks && { masks: masks.data as Uint8Array }),
  }
}

async function readText(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), "utf8")
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw broken(folder, name, "an unreadable file", "a file that this user may read", cause)
  }
}

function broken(folder: string, name: string, found: string, expected: string, cause?: unknown) {
  return new FileError({
    code: "run-file-broken",
    message: `Found ${found} in ${join(folder, name)}; expected ${expected}.`,
    next: "Run the command that writes this file again (explain, evaluate or train), then report.",
    cause,
  })
}
