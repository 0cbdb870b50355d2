import { existsSync, statSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, extname, join } from "node:path"
import {
  ConfigError,
  DataError,
  type Detector,
  FileError,
  type ImageShape,
  type ImageSource,
  type Registry,
  type SessionRunner,
  sha256,
  trainingData,
  weightsHash,
} from "@ifnormal/core"
import { loadDetector } from "@ifnormal/core/node"
import type { Output } from "../output.js"
import { spread } from "./gallery.js"
import { imagesAt, readBytesOf } from "./images.js"
import type { DetectorOptions } from "./own-options.js"

/** A detector that the user brought. */
export interface OwnDetector {
  readonly detector: Detector
  /** File or folder name. */
  readonly name: string
  readonly sha256: string
  /** Why there are no gradients. */
  readonly note?: string
}

/**
 * Opens an ONNX file, or a folder that `ifnormal train detector` wrote.
 * @param normal the images that set the scale of an ONNX model's score
 * @throws FileError "not-found"; ConfigError "detector-file" for a file of another kind, and what `onnxDetector` throws
 */
export async function openOwnDetector(
  options: DetectorOptions,
  registry: Registry,
  output: Pick<Output, "note">,
): Promise<OwnDetector> {
  const path = options.detector
  const info = statSync(path, { throwIfNoEntry: false })
  if (!info)
    throw new FileError({
      code: "not-found",
      message: `There is no file or folder ${path}.`,
      next: "Pass the path of an ONNX file to --detector.",
    })
  const own = info.isDirectory() ? await openTrained(path, registry) : await openOnnx(path, options, registry)
  if (own.note) output.note(`${path}: ${own.note}`)
  return own
}

async function openTrained(path: string, registry: Registry): Promise<OwnDetector> {
  const folder = existsSync(join(path, "manifest.json")) ? path : join(path, "detector")
  const detector = await loadDetector(folder, registry)
  return { detector, name: basename(path), sha256: await weightsHash(detector.variables) }
}

async function openOnnx(path: string, options: DetectorOptions, registry: Registry): Promise<OwnDetector> {
  const bytes = new Uint8Array(await readFile(path))
  const { sessions } = registry
  if (!sessions) throw new Error("The registry of the command line has a session runner.")
  const map = options.map ?? (await mapOutput(bytes, path, sessions, options.output))
  const { onnxDetector } = await import("@ifnormal/detectors")
  const detector = await onnxDetector({
    model: bytes,
    sessions,
    normalize: options.normalize,
    channelOrder: options.bgr ? "bgr" : "rgb",
    ...(options.size && { inputShape: [...options.size, 3] as const }),
    ...(options.output !== undefined && { output: options.output }),
    ...(options.index !== undefined && { index: options.index }),
    ...(options.reduce !== undefined && { reduce: options.reduce }),
    ...(options.bound !== undefined && { bound: options.bound }),
    ...(options.features !== undefined && { features: options.features }),
    ...(map !== undefined && { map }),
  })
  return {
    detector,
    name: basename(path),
    sha256: sha256(bytes),
    ...(detector.note !== undefined && { note: detector.note }),
  }
}

/** The only output that looks like an anomaly map by name and shape. */
async function mapOutput(
  bytes: Uint8Array,
  path: string,
  sessions: SessionRunner,
  score?: string,
): Promise<string | undefined> {
  const session = await sessions.load(bytes).catch((cause: unknown) => {
    if ((cause as { code?: string }).code !== "session-model") throw cause
    throw new ConfigError({
      code: "detector-file",
      message: `${path} cannot be loaded as an ONNX model: ${(cause as Error).message}`,
      next:
        extname(path).toLowerCase() === ".onnx"
          ? "Check that the file is whole and holds its weights (no external data); export it again with torch.onnx.export."
          : "Export the model as ONNX: torch.onnx.export(model, (x,), 'model.onnx'), and pass that file.",
      cause,
    })
  })
  const maps = session.outputs.filter(
    ({ name, dims }) => name !== score && /map|heat/i.test(name) && dims.length >= 3,
  )
  await session.dispose()
  return maps.length === 1 ? maps[0]!.name : undefined
}

/** Normal images in memory, and how many the folder has. */
export interface NormalImages {
  readonly source: ImageSource
  readonly found: number
}

/** At most so many normal images are read, and so many bytes of them. Our choice. */
const MOST = 512
const MOST_BYTES = 256 * 2 ** 20

/**
 * Reads normal images at the detector's size, evenly spread over the folder where it has more than 512.
 * @throws DataError "normal-empty" for fewer than two, "image-size" without `resize`
 */
export async function readNormal(
  folder: string,
  shape: ImageShape,
  options: { readonly resize: boolean; readonly out: string },
  output: Pick<Output, "note">,
): Promise<NormalImages> {
  const { files } = await imagesAt(folder, options.out)
  if (files.length < 2)
    throw new DataError({
      code: "normal-empty",
      message: `${folder} holds ${files.length} image, expected at least two normal ones.`,
      next: "Name the folder of the detector's normal images with --normal; 20 or more are better.",
    })
  const size = shape[0] * shape[1] * shape[2]
  const count = Math.max(2, Math.min(MOST, Math.floor(MOST_BYTES / size)))
  const chosen = spread(files.length, count).map((i) => files[i]!)
  const bytes = await readBytesOf(chosen, shape, options, quietAfter(output, 3))
  const { memorySource } = await import("@ifnormal/datasets")
  const source = memorySource({ shape, bytes, labels: new Int32Array(chosen.length) })
  return { source, found: files.length }
}

/** The first notes only: a folder of 500 images says the same 500 times. */
function quietAfter(output: Pick<Output, "note">, most: number): Pick<Output, "note"> {
  let said = 0
  return {
    note(line) {
      if (said++ < most) output.note(line)
      else if (said === most + 1) output.note("... and so on for further images.")
    },
  }
}

/** Sets the scale of a foreign score on normal images; a trained detector keeps its own. */
export async function calibrate(
  { detector }: OwnDetector,
  normal: ImageSource,
  seed: number,
  signal: AbortSignal,
): Promise<void> {
  if (!("missingOperators" in detector)) return
  await detector.fit(trainingData(normal), { steps: 64, batchSize: 16, learningRate: 0, seed, signal })
}
