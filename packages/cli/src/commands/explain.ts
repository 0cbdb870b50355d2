import { join } from "node:path"
import { type Explanation, explain } from "@ifnormal/core"
import { RunFolder } from "@ifnormal/core/node"
import { useBackend } from "../backend.js"
import { interruptible } from "../interrupt.js"
import { imagesAtAll, readImages, resultNames } from "../jobs/images.js"
import { loadModel, shippedModel } from "../jobs/model.js"
import type { GlobalOptions } from "../options.js"
import { Output, table } from "../output.js"
import { encodePng } from "../png.js"
import { startProgress } from "../progress.js"

const BATCH = 64

export interface ExplainOptions extends GlobalOptions {
  readonly run?: string
  readonly model?: string
  readonly out: string
  readonly alpha: number
  readonly tolerance?: number
  readonly resize: boolean
}

/** `ifnormal explain <images or folders...>` with a trained generator. */
export async function explainImages(paths: readonly string[], options: ExplainOptions): Promise<void> {
  const output = new Output(options)
  const { root, files, skipped } = await imagesAtAll(paths, options.out)
  if (skipped > 0)
    output.note(`Skipped ${skipped} ${skipped === 1 ? "file that is" : "files that are"} no image.`)
  await useBackend(options)
  const model = await loadModel(options.run ?? options.model ?? shippedModel(), options)
  const folder = await RunFolder.create(options.out)
  const limits = {
    ...model.experiment?.explain,
    ...(options.tolerance !== undefined && { tolerance: options.tolerance }),
  }
  const progress = await startProgress({
    label: "explain",
    total: files.length,
    quiet: options.quiet || files.length <= BATCH,
  })
  const names = resultNames(files, root)
  const rows: ExplainedImage[] = []
  await interruptible(output.note.bind(output), async (signal) => {
    for (let start = 0; start < files.length; start += BATCH) {
      signal.throwIfAborted()
      const batch = files.slice(start, start + BATCH)
      const images = await readImages(batch, model.detector.inputShape, options, output)
      const explanations = await explain(images, model, { ...limits, alpha: options.alpha, batchSize: BATCH })
      images.dispose()
      for (const [i, explanation] of explanations.entries())
        rows.push(await store(folder, batch[i]!, names[start + i]!, explanation))
      progress.update(rows.length)
    }
  })
  progress.stop()
  const result = {
    out: options.out,
    model: model.folder === shippedModel() ? "shipped" : model.folder,
    alpha: options.alpha,
    skipped,
    images: rows,
  }
  await folder.writeJson("index.json", { format: 1, ...result })
  output.result(result, describe(rows, options.out))
}

interface ExplainedImage {
  readonly file: string
  readonly score: number
  readonly counterfactuals: readonly {
    readonly concept: number
    readonly alpha: number
    readonly score: number
    readonly distance: number
    readonly status: string
    readonly file: string
  }[]
}

async function store(
  folder: RunFolder,
  file: string,
  name: string,
  explanation: Explanation,
): Promise<ExplainedImage> {
  const counterfactuals = []
  for (const { image, ...rest } of explanation.counterfactuals) {
    const png = `${name}.concept${rest.concept + 1}.png`
    await folder.write(png, encodePng(image))
    counterfactuals.push({ ...rest, file: join(folder.root, png) })
  }
  return { file, score: explanation.score, counterfactuals }
}

function describe(images: readonly ExplainedImage[], out: string): string {
  const rows = images.flatMap((image) =>
    image.counterfactuals.map((counterfactual) => [
      image.file,
      image.score.toFixed(3),
      `${counterfactual.concept + 1}`,
      counterfactual.score.toFixed(3),
      counterfactual.distance.toFixed(3),
      counterfactual.status,
      counterfactual.file,
    ]),
  )
  const valid = images.filter((image) =>
    image.counterfactuals.some(({ status }) => status === "valid"),
  ).length
  const summary = `${valid} of ${images.length} ${images.length === 1 ? "image has" : "images have"} a valid counterfactual. PNG files and index.json: ${out}`
  return `${table(["image", "score", "concept", "counterfactual", "distance", "status", "file"], rows)}\n${summary}`
}
