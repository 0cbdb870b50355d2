import { CheckpointError } from "@ifnormal/core"
import { type Checked, type Fetched, WeightStore } from "@ifnormal/weights/node"
import { interruptible } from "../interrupt.js"
import type { GlobalOptions } from "../options.js"
import { Output, table } from "../output.js"
import { startProgress } from "../progress.js"

interface WeightsOptions extends GlobalOptions {
  readonly folder?: string
}
interface FetchOptions extends WeightsOptions {
  readonly from?: string
}

const KILOBYTE = 1000

/** `ifnormal weights fetch <names...>` */
export async function weightsFetch(names: readonly string[], options: FetchOptions): Promise<void> {
  const output = new Output(options)
  const store = openStore(options)
  const fetched = await interruptible(output.note.bind(output), async (signal) => {
    const done: Fetched[] = []
    for (const name of chosen(store, names)) done.push(await fetchOne(store, name, options, signal))
    return done
  })
  output.result(
    fetched,
    fetched
      .map(
        ({ name, path, fetched }) =>
          `${name} (${fetched ? "fetched" : "already there"}): ${path}, with the right SHA-256.`,
      )
      .join("\n"),
  )
}

async function fetchOne(
  store: WeightStore,
  name: string,
  { from, offline, quiet }: FetchOptions,
  signal: AbortSignal,
): Promise<Fetched> {
  const { bytes } = store.entry(name)
  const kilobytes = (count: number) => Math.ceil(count / KILOBYTE)
  let progress: ReturnType<typeof startProgress> | undefined
  try {
    return await store.fetch(name, {
      ...(from !== undefined && { from }),
      offline,
      signal,
      onProgress(done) {
        // The first piece tells where a transfer that was taken up again begins.
        progress ??= startProgress({
          label: `${name} kB`,
          total: kilobytes(bytes),
          start: kilobytes(done),
          quiet,
        })
        void progress.then((shown) => shown.update(kilobytes(done)))
      },
    })
  } finally {
    ;(await progress)?.stop()
  }
}

/** `ifnormal weights check [names...]` */
export async function weightsCheck(names: readonly string[], options: WeightsOptions): Promise<void> {
  const output = new Output(options)
  const store = openStore(options)
  const checked: Checked[] = []
  for (const name of chosen(store, names.length > 0 ? names : ["all"])) checked.push(await store.check(name))
  const rows = checked.map(({ name, status, tensors, sha256, path }) => [
    name,
    status,
    tensors === undefined ? "-" : `${tensors}`,
    sha256?.slice(0, 8) ?? "-",
    path,
  ])
  const problems = checked.flatMap(({ problem }) => problem ?? [])
  output.result(
    checked,
    [table(["weights", "status", "tensors", "SHA-256", "file"], rows), ...problems].join("\n"),
  )
  const bad = checked.filter(({ status }) => status !== "ok").map(({ name }) => name)
  if (bad.length > 0)
    throw new CheckpointError({
      code: "weights-check",
      message: `Not ready: ${bad.join(", ")}.`,
      next: `Run: ifnormal weights fetch ${bad.join(" ")}.`,
    })
}

/** `ifnormal weights list` */
export async function weightsList(options: WeightsOptions): Promise<void> {
  const store = openStore(options)
  const entries = store.catalog.map((entry) => ({ ...entry, path: store.path(entry.name) }))
  const shown = entries.map(
    ({ name, use, bytes, url, sha256, license, path }) =>
      `${name}: ${use}\n  ${(bytes / 1e6).toFixed(1)} MB, ${url}\n  SHA-256 ${sha256}\n  license ${license}\n  kept at ${path}`,
  )
  new Output(options).result(entries, shown.join("\n"))
}

function openStore({ folder }: WeightsOptions): WeightStore {
  return new WeightStore(folder === undefined ? {} : { folder })
}

/** Names once each, "all" replaced; an unknown one is refused before anything is fetched. */
function chosen(store: WeightStore, names: readonly string[]): readonly string[] {
  const all = names.flatMap((name) => (name === "all" ? store.catalog.map((entry) => entry.name) : name))
  for (const name of all) store.entry(name)
  return [...new Set(all)]
}
