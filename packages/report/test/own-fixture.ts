// The run folder of a detector that the user brought: two generators, heatmaps and masks. Images are noise, or black.
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import {
  type ExplanationsFile,
  encodeSafetensors,
  type RunFile,
  type ScoresFile,
  type StoredCounterfactual,
  type StoredExplanation,
} from "@ifnormal/core"
import { lcg } from "./fixture.js"

/** Score of the gradient maps at full strength. */
export const gradientScale = 0.0123
export const fragileNote = "Fragile: blurred by 0.5 pixels it scores 0.66."

/**
 * Writes scores.json, run.json and explanations/. Of `gradient` every anomaly has two counterfactuals, one of them
 * fragile and nearer; the third anomaly has none of `nearest`. The mask is the square from a quarter to a half.
 */
export async function writeOwnFixture(
  folder: string,
  { anomalies = 4, side = 16, flat = false }: { anomalies?: number; side?: number; flat?: boolean } = {},
): Promise<void> {
  const random = lcg(11)
  const pixels = side * side
  const noise = (n: number) =>
    flat ? new Uint8Array(n) : Uint8Array.from({ length: n }, () => 256 * random())
  const images: Uint8Array[] = []
  const maps: Uint8Array[] = []
  const add = () => images.push(noise(3 * pixels)) - 1
  const made = (generator: string, concept: number, rest: Partial<StoredCounterfactual>) => ({
    generator,
    concept,
    alpha: 0,
    score: 0.03,
    distance: 0.05,
    status: "valid" as const,
    image: add(),
    insideMask: 0.8,
    ...rest,
  })
  const explanations = Array.from({ length: anomalies }, (_, i): StoredExplanation => {
    maps.push(new Uint8Array(pixels).fill(255), noise(pixels))
    return {
      id: `anomaly-${i}`,
      role: "anomaly",
      label: `bad/${i}.png`,
      score: 0.95,
      image: add(),
      counterfactuals: [
        made("gradient", 0, { status: i % 2 ? "target-missed" : "valid", seconds: 1.2 + i }),
        made("gradient", 1, { status: "fragile", distance: 0.01, note: fragileNote, insideMask: 0.3 }),
        ...(i === 2 ? [] : [made("nearest", 0, { status: "too-far", seconds: 0.02, insideMask: 0.1 })]),
      ],
      attributions: [
        { kind: "gradient", map: 2 * i, scale: gradientScale },
        { kind: "occlusion", map: 2 * i + 1, scale: 0.41 },
      ],
      mask: 0,
    }
  })
  const mask = Uint8Array.from({ length: pixels }, (_, i) => {
    const inside = (at: number) => at >= side / 4 && at < side / 2
    return inside(i % side) && inside(Math.floor(i / side)) ? 255 : 0
  })
  const index: ExplanationsFile = {
    format: 1,
    shape: [side, side, 3],
    concepts: 2,
    limits: { tolerance: 0.25, eps: 0.1, epsPrime: 0.02 },
    explanations,
    generators: ["gradient", "nearest"],
    maskMargin: 4,
  }
  const tensor = (rows: readonly Uint8Array[], shape: readonly number[]) => ({
    shape: [rows.length, ...shape],
    dtype: "uint8" as const,
    data: new Uint8Array(Buffer.concat(rows)),
  })
  await mkdir(join(folder, "explanations"), { recursive: true })
  const json = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value))
  await Promise.all([
    json("run.json", run),
    json("scores.json", {
      format: 1,
      normal: [],
      anomaly: explanations.map(({ score }) => score),
      counterfactual: [[0.03], [0.03], [0.03]],
      names: ["gradient 1", "gradient 2", "nearest"],
    } satisfies ScoresFile),
    json("explanations/index.json", index),
    writeFile(
      join(folder, "explanations/images.safetensors"),
      encodeSafetensors({
        images: tensor(images, [side, side, 3]),
        maps: tensor(maps, [side, side]),
        masks: tensor([mask], [side, side]),
      }),
    ),
  ])
}

const run: RunFile = {
  format: 1,
  name: "model.onnx",
  date: "2026-11-24T10:00:00.000Z",
  seed: 1,
  command: "ifnormal explain --detector model.onnx --normal good/ bad/",
  title: "bad, explained for model.onnx",
  normal: "as the images of good",
  dataset: { name: "bad", license: "The user's own images.", files: {} },
  backend: { name: "ort", threads: 2 },
  versions: { ifnormal: "0.1.0" },
  machine: { cpu: "Intel Xeon Platinum 8481C", cores: 2, memoryGiB: 15.6, platform: "linux x64" },
  weights: { detector: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" },
  counts: { normal: 28, explained: 4 },
}
