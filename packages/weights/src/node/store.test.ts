import { createHash } from "node:crypto"
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CheckpointError, ConfigError, FileError } from "@ifnormal/core"
import { afterEach, beforeEach, expect, test } from "vitest"
import { CATALOG, type CatalogEntry } from "../catalog.js"
import { weightsFolder } from "./folder.js"
import { WeightStore } from "./store.js"

const content = readFileSync(join(import.meta.dirname, "../pytorch/__golden__/zip.pth"))
const sha256 = createHash("sha256").update(content).digest("hex")

let server: Server
let folder: string
let entry: CatalogEntry
let store: WeightStore
/** What each request asked for: its Range, or "all". */
let requests: string[]
let answer: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  requests = []
  answer = serve
  server = createServer((request, response) => {
    requests.push(request.headers.range ?? "all")
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  folder = mkdtempSync(join(tmpdir(), "ifnormal-weights-"))
  entry = {
    name: "small",
    file: "small.pth",
    url: `http://127.0.0.1:${port}/small.pth`,
    bytes: content.length,
    sha256,
    license: "CC0-1.0",
    use: "tests",
    tensors: { slice: [3, 4], scalar: [] },
  }
  store = new WeightStore({ folder, catalog: [entry] })
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A server that knows Range. */
function serve({ headers }: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0)
  if (from > 0)
    response.writeHead(206, {
      "content-range": `bytes ${from}-${content.length - 1}/${content.length}`,
      "content-length": content.length - from,
    })
  else response.writeHead(200, { "content-length": content.length })
  response.end(content.subarray(from))
}

/** Sends bytes `from` to `until` and leaves the connection open until the test cuts it. */
function begin(response: ServerResponse, from: number, until: number): void {
  if (from > 0)
    response.writeHead(206, { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` })
  else response.writeHead(200, { "content-length": content.length })
  response.write(content.subarray(from, until))
}

const part = () => join(folder, "small.pth.part")
const files = () => readdirSync(folder)

async function failure(
  promise: Promise<unknown>,
): Promise<{ code: string; name: string; message: string; next: string }> {
  return promise.then(
    () => {
      throw new Error("nothing was thrown")
    },
    (error) => error,
  )
}

test("a file is fetched, checked, kept, read, and not fetched again", async () => {
  const seen: [number, number][] = []
  expect(await store.check("small")).toMatchObject({ status: "missing" })
  const path = join(folder, "small.pth")
  const result = await store.fetch("small", { onProgress: (done, total) => seen.push([done, total]) })
  expect(result).toEqual({ name: "small", path, fetched: true, sha256 })
  expect(seen.at(-1)).toEqual([content.length, content.length])
  expect(files()).toEqual(["small.pth"])
  expect(Buffer.compare(await store.read("small"), content)).toBe(0)
  expect(await store.check("small")).toEqual({
    name: "small",
    path,
    status: "ok",
    sha256,
    bytes: content.length,
    tensors: 21,
  })
  expect(await store.fetch("small", { offline: true })).toMatchObject({ fetched: false })
  expect(requests).toEqual(["all"])
})

test("a transfer that breaks is taken up where it ended", async () => {
  answer = (_, response) => begin(response, 0, 1000)
  // What has arrived is in the part: now the connection breaks, and the server is well again.
  const onProgress = () => {
    if (answer !== serve) server.closeAllConnections()
    answer = serve
  }
  expect(await store.fetch("small", { onProgress })).toMatchObject({ fetched: true })
  expect(requests).toEqual(["all", "bytes=1000-"])
  expect(files()).toEqual(["small.pth"])
})

test("a server that breaks every time is given up, what has arrived stays for the next call", async () => {
  answer = (_, response) => begin(response, 100 * (requests.length - 1), 100 * requests.length)
  const fetched = store.fetch("small", { onProgress: () => server.closeAllConnections() })
  expect(await failure(fetched)).toMatchObject({ name: "CheckpointError", code: "weights-fetch" })
  expect(requests).toHaveLength(5)
  expect(Buffer.compare(readFileSync(part()), content.subarray(0, 500))).toBe(0)
  answer = serve
  await store.fetch("small")
  expect(requests.at(-1)).toBe("bytes=500-")
})

test("a server without Range sends all again", async () => {
  writeFileSync(part(), content.subarray(0, 700))
  answer = (_, response) => response.end(content)
  expect(await store.fetch("small")).toMatchObject({ fetched: true })
  expect(requests).toEqual(["bytes=700-"])
  expect(Buffer.compare(await store.read("small"), content)).toBe(0)
})

test("a complete part is only checked, a longer one is begun anew", async () => {
  writeFileSync(part(), content)
  await store.fetch("small")
  expect(requests).toEqual([])
  rmSync(join(folder, "small.pth"))
  writeFileSync(part(), Buffer.concat([content, content]))
  await store.fetch("small")
  expect(requests).toEqual(["all"])
})

test("a part with a wrong hash is thrown away with an error", async () => {
  writeFileSync(part(), Buffer.alloc(700, 1))
  expect(await failure(store.fetch("small"))).toMatchObject({
    name: "CheckpointError",
    code: "weights-hash",
    next: expect.stringMatching(/weights fetch small/),
  })
  expect(files()).toEqual([])
  expect(await store.fetch("small")).toMatchObject({ fetched: true })
})

test.each([
  ["a missing file", (response: ServerResponse) => response.writeHead(404).end("no"), /404/],
  ["a failing server", (response: ServerResponse) => response.writeHead(503).end(), /503/],
  [
    "a file of another size",
    (response: ServerResponse) => response.end(Buffer.alloc(5)),
    /5 bytes, expected 5908/,
  ],
  [
    "another range",
    (response: ServerResponse) => response.writeHead(206, { "content-range": "bytes 1-2/3" }).end(),
    /bytes 1-2\/3/,
  ],
  ["a cut connection", (response: ServerResponse) => response.destroy(), /could not be fetched/],
])("%s is named and nothing is kept", async (_, respond, message) => {
  answer = (_, response) => respond(response)
  expect(await failure(store.fetch("small"))).toMatchObject({
    name: "CheckpointError",
    code: "weights-fetch",
    message: expect.stringMatching(message),
  })
  expect(files()).toEqual([])
})

test("more than the file has is not written", async () => {
  answer = (_, response) => response.writeHead(200).end(Buffer.alloc(1_000_000))
  expect(await failure(store.fetch("small"))).toMatchObject({
    code: "weights-fetch",
    message: expect.stringMatching(/more than the 5908 bytes/),
  })
  expect(files().filter((name) => !name.endsWith(".part"))).toEqual([])
})

test("a server that is not there is named", async () => {
  await new Promise((resolve) => server.close(resolve))
  expect(await failure(store.fetch("small"))).toMatchObject({
    code: "weights-fetch",
    message: expect.stringMatching(/ECONNREFUSED/),
    next: expect.stringMatching(/--from/),
  })
})

test("stopping keeps what has arrived", async () => {
  answer = (_, response) => begin(response, 0, 1000)
  const controller = new AbortController()
  const stopped = store.fetch("small", { signal: controller.signal, onProgress: () => controller.abort() })
  expect(await failure(stopped)).toMatchObject({ name: "AbortError" })
  expect(files()).toEqual(["small.pth.part"])
  answer = serve
  await store.fetch("small")
  expect(requests).toEqual(["all", "bytes=1000-"])
})

test("offline opens no connection", async () => {
  expect(await failure(store.fetch("small", { offline: true }))).toMatchObject({
    name: "CheckpointError",
    code: "weights-offline",
  })
  expect(requests).toEqual([])
  expect(files()).toEqual([])
})

test("a file, a folder, an address and a mirror can stand in", async () => {
  const elsewhere = join(folder, "elsewhere")
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, "small.pth"), content)
  const base = entry.url.slice(0, -"small.pth".length)
  const away = new WeightStore({
    folder: join(folder, "store"),
    catalog: [{ ...entry, url: `${base}absent/` }],
  })
  for (const from of [join(elsewhere, "small.pth"), elsewhere, `${base}other-name`, base]) {
    expect(await away.fetch("small", { from, offline: from.startsWith(folder) })).toMatchObject({
      fetched: true,
    })
    rmSync(join(folder, "store"), { recursive: true })
  }
  expect(requests).toHaveLength(2)
})

test("a wrong file does not take the place of a part", async () => {
  writeFileSync(part(), content.subarray(0, 700))
  const wrong = join(folder, "wrong.pth")
  writeFileSync(wrong, "not these")
  expect(await failure(store.fetch("small", { from: wrong }))).toMatchObject({ code: "weights-hash" })
  expect(readFileSync(part())).toHaveLength(700)
  expect(await failure(store.fetch("small", { from: join(folder, "absent") }))).toMatchObject({
    name: "FileError",
    code: "not-found",
  })
})

test("a missing file says what to run", async () => {
  const error = await failure(store.read("small"))
  expect(error).toBeInstanceOf(CheckpointError)
  expect(error).toMatchObject({
    code: "weights-missing",
    next: expect.stringMatching(/ifnormal weights fetch small/),
  })
  expect(error.message).toContain(store.path("small"))
})

test("a changed file is never read, and is replaced by the next fetch", async () => {
  await store.fetch("small")
  truncateSync(store.path("small"), 100)
  expect(await failure(store.read("small"))).toMatchObject({ name: "CheckpointError", code: "weights-hash" })
  expect(await store.check("small")).toMatchObject({
    status: "corrupt",
    bytes: 100,
    problem: expect.stringMatching(/SHA-256/),
  })
  expect(await store.fetch("small")).toMatchObject({ fetched: true })
  expect(await store.check("small")).toMatchObject({ status: "ok" })
})

test("a file without the tensors that are expected is corrupt", async () => {
  await store.fetch("small")
  const other = (tensors: CatalogEntry["tensors"]) =>
    new WeightStore({ folder, catalog: [{ ...entry, tensors }] }).check("small")
  expect(await other({ slice: [4, 3] })).toMatchObject({
    status: "corrupt",
    problem: expect.stringMatching(/"slice" has shape \[3, 4\]/),
  })
  expect(await other({ absent: [1] })).toMatchObject({
    status: "corrupt",
    problem: expect.stringMatching(/"absent"/),
  })
})

test("a full disk and a folder that cannot be made are told as such", async () => {
  const error = await failure(new WeightStore({ folder: process.execPath, catalog: [entry] }).fetch("small"))
  expect(error).toBeInstanceOf(FileError)
  expect(error).toMatchObject({ code: "not-found" })
  const below = join(process.execPath, "weights")
  expect(await failure(new WeightStore({ folder: below, catalog: [entry] }).fetch("small"))).toBeInstanceOf(
    FileError,
  )
  mkdirSync(store.path("small"))
  expect(await failure(store.fetch("small"))).toMatchObject({ name: "FileError", code: "not-readable" })
})

test.runIf(process.platform === "linux")("a full disk is told as such, and no file appears", async () => {
  symlinkSync("/dev/full", part())
  expect(await failure(store.fetch("small"))).toMatchObject({ name: "FileError", code: "disk-full" })
  expect(files()).toEqual(["small.pth.part"])
})

test("an unknown name lists the known ones", async () => {
  const error = await failure(new WeightStore({ folder }).read("inceptoin"))
  expect(error).toBeInstanceOf(ConfigError)
  expect(error).toMatchObject({ code: "weights-unknown", next: 'Did you mean "inception"?' })
})

test("the published files' names carry their hashes", () => {
  for (const { file, url, sha256, license } of CATALOG) {
    expect(file).toContain(`-${sha256.slice(0, 8)}.pth`)
    expect(url.endsWith(`/${file}`)).toBe(true)
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(license).toMatch(/^(Apache-2\.0|BSD-3-Clause) /)
  }
})

test("the folder follows the cache", () => {
  const before = { ...process.env }
  try {
    process.env.XDG_CACHE_HOME = "/xdg"
    delete process.env.IFNORMAL_CACHE
    expect(weightsFolder()).toBe(join("/xdg", "ifnormal", "weights"))
    process.env.IFNORMAL_CACHE = "/cache"
    expect(weightsFolder()).toBe(join("/cache", "weights"))
  } finally {
    process.env = before
  }
})
