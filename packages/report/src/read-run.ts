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

/** What explanations/ holds. */
export interface StoredPictures {
  readonly index: ExplanationsFile
  /** uint8 [n, h, w, c] */
  readonly images: Uint8Array
  /** Heatmaps, uint8 [m, h, w]. */
  readonly maps?: Uint8Array
  /** Where the defects are, uint8 [m, h, w], 0 outside. */
  readonly masks?: Uint8Array
}

/** The files of a run folder that the report shows. A file that is not there is undefined. */
export interface RunFiles {
  readonly run?: RunFile
  readonly experiment?: unknown
  readonly scores?: ScoresFile
  readonly explanations?: StoredPictures
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
  const explanations = index && (await readPictures(folder, index))
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

async function readPictures(folder: string, index: ExplanationsFile): Promise<StoredPictures> {
  const name = "explanations/images.safetensors"
  const tensors = decodeSafetensors(await readBytes(join(folder, name)), name)
  const bad = (found: string, expected: string) => broken(folder, "explanations/index.json", found, expected)
  const [h, w, c] = index.shape
  /** The tensor, after a look at its type, its shape and the rows that the index refers to. */
  const read = (key: string, shape: readonly number[], what: string, rows: readonly number[]) => {
    const tensor = tensors[key]
    if (!tensor && key !== "images" && rows.length === 0) return undefined
    if (tensor?.dtype !== "uint8" || tensor.shape.slice(1).join() !== shape.join())
      throw broken(
        folder,
        name,
        tensor ? `"${key}" ${tensor.dtype} [${tensor.shape.join(", ")}]` : `no tensor "${key}"`,
        `"${key}" uint8 [n, ${shape.join(", ")}]`,
      )
    const n = tensor.shape[0]!
    for (const row of rows)
      if (!(Number.isInteger(row) && row >= 0 && row < n))
        throw bad(`${what} row ${row}`, `rows 0 to ${n - 1} of "${key}" in ${name}`)
    return tensor.data as Uint8Array
  }
  const { explanations, generators } = index
  const attributions = explanations.flatMap((explanation) => explanation.attributions ?? [])
  const scales = new Map<string, number>()
  for (const { kind, scale } of attributions) {
    if (!(Number.isFinite(scale) && scale >= 0 && (scales.get(kind) ?? scale) === scale))
      throw bad(`scale ${scale} of a "${kind}" map`, "one scale of at least 0 for all maps of a kind")
    scales.set(kind, scale)
  }
  for (const { generator } of generators ? explanations.flatMap((e) => e.counterfactuals) : [])
    if (generator === undefined || !generators?.includes(generator))
      throw bad(
        `a counterfactual of generator ${JSON.stringify(generator)}`,
        `one of ${generators?.join(", ")}`,
      )
  const images = explanations.flatMap((explanation) =>
    [explanation, ...explanation.counterfactuals, ...(explanation.strip ?? [])].map(({ image }) => image),
  )
  const masks = explanations.flatMap(({ mask }) => (mask === undefined ? [] : [mask]))
  const maps = attributions.map(({ map }) => map)
  return {
    index,
    images: read("images", [h, w, c], "image", images)!,
    maps: read("maps", [h, w], "map", maps),
    masks: read("masks", [h, w], "mask", masks),
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
