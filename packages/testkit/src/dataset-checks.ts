import type { Dataset, DatasetContext, ImageSource, Plugin } from "@ifnormal/core"
import { type Check, demand, demandNoLeak, firstDifference, makeChecks, messageOf } from "./check.js"

/** Options of `datasetChecks`. */
export interface DatasetCheckOptions {
  /** Options of the plugin's entry, as in a config; default {}. */
  readonly options?: unknown
  /** Default: cacheDir "cache", offline, seed 1. */
  readonly context?: Partial<DatasetContext>
  /** Images of each part that are read, spread evenly; default 16. */
  readonly images?: number
  /** Calls in the check for leaks, default 200. */
  readonly calls?: number
  /** Check name -> why it fails by design. */
  readonly expectedFailures?: Readonly<Record<string, string>>
}

const parts = ["train", "test"] as const

interface Opened {
  readonly dataset: Dataset
  readonly part: (typeof parts)[number]
}

/**
 * What the contract promises of a data set, as named checks. They read a few images, and make no tensors.
 * @param type name of the data set in `plugin.datasets`
 * @throws CheckError "check-failed" when the plugin has no such data set, "check-unknown" for an unknown expected failure
 */
export function datasetChecks(plugin: Plugin, type: string, options: DatasetCheckOptions = {}): Check[] {
  const entry = plugin.datasets?.[type]
  demand(entry !== undefined, `${plugin.name} has no data set "${type}".`, "Name a key of plugin.datasets.")
  const context = { cacheDir: "cache", offline: true, seed: 1, ...options.context }
  const make = async () => entry.create(entry.options.parse(options.options ?? {}), context)
  const wanted = options.images ?? 16
  const some = ({ length }: ImageSource) => {
    const n = Math.min(length, wanted)
    return Array.from({ length: n }, (_, i) => Math.floor((i * length) / n))
  }
  /** A check of each part of a new data set. */
  const check =
    (work: (source: ImageSource, indices: readonly number[], opened: Opened) => Promise<void>) =>
    async () => {
      const dataset = await make()
      for (const part of parts) {
        const source = await dataset[part]()
        await work(source, some(source), { dataset, part })
      }
    }

  const checks: Record<string, () => Promise<void>> = {
    "has a name, classes and a license": async () => {
      const { name, classNames, license } = await make()
      const texts = [name, license, ...classNames]
      demand(
        texts.every((text) => typeof text === "string" && text.trim() !== "") &&
          classNames.length > 0 &&
          new Set(classNames).size === classNames.length,
        `name ${JSON.stringify(name)}, classNames ${JSON.stringify(classNames)}, license ${JSON.stringify(license)}; expected texts, and different classes.`,
        "Say in one sentence where the pictures come from and under which license.",
      )
    },
    "both parts have images, of one shape": async () => {
      const dataset = await make()
      const sources = [await dataset.train(), await dataset.test()]
      const shapes = sources.map(({ shape }) => `[${shape.join(", ")}]`)
      demand(
        sources.every(
          ({ shape, length }) =>
            length > 0 && shape.length === 3 && shape.every((side) => Number.isInteger(side) && side > 0),
        ) && shapes[0] === shapes[1],
        `train has ${sources[0]?.length} images of ${shapes[0]}, test ${sources[1]?.length} of ${shapes[1]}; expected images of one [height, width, channels].`,
        "Resize all images to one shape.",
      )
    },
    "labels and attributes name a class and a value for each image": check(async (source, _, { dataset }) => {
      const { length, labels, attributes = {}, attributeNames = {} } = source
      demandIndexes("labels", labels, length, dataset.classNames.length)
      for (const [name, values] of Object.entries(attributes)) {
        const names = attributeNames[name]?.length ?? 0
        demandIndexes(`attribute "${name}"`, values, length, names)
      }
    }),
    "images are read in the order asked for": check(async (source, indices) => {
      const size = sizeOf(source)
      const asked = [...indices].reverse()
      asked.push(asked[0]!)
      const together = await source.read(asked)
      demand(
        together instanceof Uint8Array && together.length === asked.length * size,
        `read of ${asked.length} images gives ${together?.length} values in a ${together?.constructor.name}, expected ${asked.length * size} in a Uint8Array.`,
        "Return bytes, height * width * channels for each image.",
      )
      for (const [row, index] of asked.entries()) {
        const alone = (await source.read([index])).slice()
        const difference = firstDifference(together.subarray(row * size, (row + 1) * size), alone)
        demand(
          difference === undefined,
          `Image ${index} as number ${row} of ${asked.length} and alone: ${difference}.`,
          "Keep the order of the indices, and repetitions.",
        )
      }
    }),
    "reads the same bytes again": check(async (source, indices, { dataset, part }) => {
      const first = (await source.read(indices)).slice()
      await demandBytes(source, indices, first, "A second read")
      await demandBytes(await dataset[part](), indices, first, `${part}() called again`)
    }),
    "hands out bytes of its own": check(async (source, indices) => {
      const first = await source.read(indices)
      const copy = first.slice()
      for (let i = 0; i < first.length; i++) first[i] = 255 - copy[i]!
      await demandBytes(source, indices, copy, "A read after writing into the last result")
    }),
    "reads side by side": check(async (source, indices) => {
      const [a, b] = [indices, [...indices].reverse()]
      const alone = [(await source.read(a)).slice(), (await source.read(b)).slice()]
      const both = await Promise.all([source.read(a), source.read(b)])
      for (const [i, bytes] of both.entries()) {
        const difference = firstDifference(bytes, alone[i]!)
        demand(
          difference === undefined,
          `Two reads at once: ${difference}.`,
          "Share no buffer between reads.",
        )
      }
    }),
    "takes a batch of one, and of none": check(async (source, [index]) => {
      const [one, none] = [await source.read([index!]), await source.read([])]
      demand(
        one.length === sizeOf(source) && none.length === 0,
        `One image gives ${one.length} bytes, none ${none.length}; expected ${sizeOf(source)} and 0.`,
        "Return as many images as there are indices.",
      )
    }),
    "an error on a wrong index names it and the length": check(async (source) => {
      for (const index of [source.length, -1]) {
        const message = await messageOf(() => source.read([index]))
        demand(
          message?.includes(String(index)) === true &&
            [source.length, source.length - 1].some((number) => message.includes(String(number))),
          `Image ${index} of ${source.length}: ${message === undefined ? "no error" : `the error says "${message}"`}.`,
          "Throw a DataError that names the index and how many images there are.",
        )
      }
    }),
    "same seed, same images": async () => {
      const [a, b] = [await make(), await make()]
      for (const part of parts) {
        const [one, other] = [await a[part](), await b[part]()]
        const difference =
          firstDifference(one.labels, other.labels) ??
          firstDifference(await one.read(some(one)), await other.read(some(one)))
        demand(
          difference === undefined,
          `Two data sets of seed 1, ${part}: ${difference}.`,
          "Draw every random number from core's stream(seed, ...), and sort what a folder lists.",
        )
      }
    },
    "fetches nothing when offline": async () => {
      const { fetch } = globalThis
      const fetched: string[] = []
      globalThis.fetch = async (input) => {
        fetched.push(input instanceof Request ? input.url : String(input))
        throw new Error("offline")
      }
      const message = await messageOf(() =>
        check(async (source, indices) => void (await source.read(indices)))(),
      )
      globalThis.fetch = fetch
      demand(
        fetched.length === 0 || !context.offline,
        `Offline, it fetches ${fetched[0]} (${message ?? "and goes on"}).`,
        "Look at context.offline first, and say where to put the files.",
      )
    },
    "tensor count is flat over many calls": check(async (source, indices) => {
      const calls = options.calls ?? 200
      await demandNoLeak(`${calls} reads`, async () => {
        for (let i = 0; i < calls; i++) await source.read(indices)
      })
    }),
  }
  return makeChecks(checks, options.expectedFailures)
}

const sizeOf = ({ shape }: ImageSource) => shape[0] * shape[1] * shape[2]

function demandIndexes(what: string, values: Int32Array, length: number, names: number): void {
  const wrong = [...values].findIndex((value) => value < 0 || value >= names)
  demand(
    values instanceof Int32Array && values.length === length && wrong < 0,
    `${what}: ${values.length} values for ${length} images, the first without a name at ${wrong} (${values[wrong]}, ${names} names).`,
    "Give an Int32Array with an index of a name for each image.",
  )
}

async function demandBytes(
  source: ImageSource,
  indices: readonly number[],
  expected: Uint8Array,
  when: string,
): Promise<void> {
  const difference = firstDifference(await source.read(indices), expected)
  demand(
    difference === undefined,
    `${when}: ${difference}.`,
    "Let the bytes depend on seed and index alone, and copy what you hand out.",
  )
}
