import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { sessionRunner } from "@ifnormal/backend-ort"
import { ConfigError, EngineError, type SessionRunner, sha256 } from "@ifnormal/core"
import { loadDetector, loadGenerator, loadManifest, RunFolder } from "@ifnormal/core/node"
import { webSessionRunner } from "@ifnormal/session-web"
import { useBackend } from "../backend.js"
import { describeFailure } from "../exit.js"
import { type Exportable, exportableDetector, exportableGenerator, toOnnx } from "../jobs/export.js"
import { exportMetadata, runFileOf } from "../jobs/export-metadata.js"
import { type Differences, GOLDEN_BATCHES, goldenDifferences } from "../jobs/golden.js"
import { openModel, shippedModel } from "../jobs/model.js"
import type { GlobalOptions } from "../options.js"
import { Output, table } from "../output.js"
import { startProgress } from "../progress.js"

interface ExportOptions extends GlobalOptions {
  readonly format: "onnx"
  readonly out?: string
}

/** A checked file that is not written yet. */
interface Checked {
  readonly part: Exportable["part"]
  readonly data: Uint8Array
  readonly difference: Differences
}

/** `ifnormal export [run]` */
export async function exportRun(run: string | undefined, options: ExportOptions): Promise<void> {
  const output = new Output(options)
  if (options.backend !== "ort")
    throw new ConfigError({
      code: "export-backend",
      message: `Export records what the ort engine computes, found --backend ${options.backend}.`,
      next: "Leave out --backend: the weights are the same.",
    })
  const folder = run ?? shippedModel()
  const out = options.out ?? (run === undefined ? "export" : join(run, "export"))
  const { registry, experiment } = await openModel(folder, options)
  await useBackend(options)
  const detector = await loadDetector(join(folder, "detector"), registry)
  const trained = existsSync(join(folder, "generator", "manifest.json"))
  const generator = trained ? await loadGenerator(join(folder, "generator"), registry, detector) : undefined

  const runners: readonly SessionRunner[] = [sessionRunner(), webSessionRunner()]
  const total = (generator ? 2 : 1) * runners.length * GOLDEN_BATCHES.length
  const progress = await startProgress({ label: "export", total, quiet: options.quiet })
  let done = 0
  const check = async (exportable: Exportable, concepts?: number): Promise<Checked> => {
    const { part } = exportable
    const data = await toOnnx(
      exportable,
      exportMetadata({
        manifest: await loadManifest(join(folder, part)),
        run: await runFileOf(folder),
        experiment,
        concepts,
      }),
    )
    const difference = await goldenDifferences(exportable, data, concepts ?? 1, runners, () =>
      progress.update(++done),
    )
    return { part, data, difference }
  }
  const files: Checked[] = []
  let skipped: Skipped | undefined = trained ? undefined : NOT_TRAINED
  try {
    files.push(await check(exportableDetector(detector)).catch(untraceable))
    if (generator) files.push(await check(exportableGenerator(generator), generator.concepts))
  } catch (error) {
    // Only a generator without a fixed graph is left out; any other failure fails the export.
    if (files.length === 0 || !isUntraceable(error)) throw error
    skipped = untraceableGenerator(error, (await loadManifest(join(folder, "generator"))).type)
  } finally {
    progress.stop()
    generator?.dispose()
    detector.dispose()
  }
  const written = await writeAll(out, files)
  output.result(
    { out, format: options.format, files: written, ...(skipped && { skipped }) },
    describe(out, written, skipped),
  )
}

interface Skipped {
  readonly part: "generator"
  readonly reason: string
  readonly next: string
}

const NOT_TRAINED: Skipped = {
  part: "generator",
  reason: "The run has no trained generator.",
  next: "Train it (ifnormal train generator), then export again.",
}

const isUntraceable = (error: unknown): boolean => describeFailure(error).code === "ort-trace"

function untraceable(error: unknown): never {
  if (!isUntraceable(error)) throw error
  const { message, next } = describeFailure(error)
  throw new EngineError({
    code: "export-untraceable",
    message: `The detector cannot be exported: ${message}`,
    next,
    cause: error,
  })
}

function untraceableGenerator(error: unknown, type: string): Skipped {
  const { message, next } = describeFailure(error)
  return { part: "generator", reason: `Generators of type "${type}" cannot be exported: ${message}`, next }
}

interface Written extends Omit<Checked, "data"> {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** Each file appears whole; what an earlier export left of a part that is now left out goes. */
async function writeAll(out: string, files: readonly Checked[]): Promise<Written[]> {
  const folder = await RunFolder.create(out)
  const written: Written[] = []
  for (const { part, data, difference } of files) {
    const name = `${part}.onnx`
    await folder.write(name, data)
    written.push({
      part,
      file: join(out, name),
      bytes: data.byteLength,
      sha256: sha256(data),
      difference,
    })
  }
  if (!files.some(({ part }) => part === "generator")) await rm(join(out, "generator.onnx"), { force: true })
  return written
}

function describe(out: string, files: readonly Written[], skipped: Skipped | undefined): string {
  const engines = Object.keys(files[0]!.difference)
  const rows = files.map(({ file, bytes, difference }) => [
    file,
    bytes,
    ...engines.map((engine) => difference[engine]!.toExponential(1)),
  ])
  return [
    table(["file", "bytes", ...engines.map((engine) => `largest difference on ${engine}`)], rows),
    ...(skipped ? [`Left out: ${skipped.reason} ${skipped.next}`] : []),
    `Checked at batch sizes ${GOLDEN_BATCHES.join(", ")} against the engine. docs/guide/export.md shows how to run ${files.length === 1 ? "it" : "them"} from ${out}.`,
  ].join("\n")
}
