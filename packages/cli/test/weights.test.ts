import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { weightsFolder } from "@ifnormal/weights/node"
import { afterEach, beforeEach, expect, test } from "vitest"
import { cacheFolder } from "../src/jobs/data.js"
import { weightReader } from "../src/jobs/weights.js"
import { ifnormal, start, until } from "./support.js"

let cwd: string
let server: Server | undefined
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "ifnormal-weights-"))
})
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
  rmSync(cwd, { recursive: true, force: true })
})

const SQUEEZE = "squeezenet1_1-b8a52dc0.pth"
const SQUEEZE_BYTES = 4_958_839

test("list tells programs address, hash and license of everything", async () => {
  const { code, stdout } = await ifnormal(cwd, "weights", "list", "--json")
  expect(code).toBe(0)
  const listed = JSON.parse(stdout)
  expect(listed.map(({ name }: { name: string }) => name)).toEqual([
    "inception",
    "lpips-alex",
    "lpips-vgg",
    "lpips-squeeze",
  ])
  expect(listed[3]).toMatchObject({ file: SQUEEZE, path: join(cwd, "cache/weights", SQUEEZE) })
})

test("check ends with 4 and the command that brings what is missing", async () => {
  const { code, stdout, stderr } = await ifnormal(cwd, "weights", "check", "inception")
  expect(code).toBe(4)
  expect(stdout).toMatch(/inception +missing/)
  expect(stderr).toContain("next: Run: ifnormal weights fetch inception.")
  writeFileSync(join(cwd, SQUEEZE), "not these")
  const changed = await ifnormal(cwd, "weights", "check", "lpips-squeeze", "--folder", ".", "--json")
  expect(changed.code).toBe(4)
  expect(JSON.parse(changed.stdout)).toMatchObject([{ status: "corrupt", bytes: 9 }])
  expect(JSON.parse(changed.stderr)).toMatchObject({ error: { code: "weights-check" } })
})

test("offline and a mistyped name open no connection", async () => {
  const offline = await ifnormal(cwd, "weights", "fetch", "all", "--offline")
  expect(offline).toMatchObject({ code: 4, stdout: "" })
  expect(offline.stderr).toContain("error[weights-offline]")
  const unknown = await ifnormal(cwd, "weights", "fetch", "lpips-alex", "lpips-alexx")
  expect(unknown).toMatchObject({ code: 2, stdout: "" })
  expect(unknown.stderr).toContain('Did you mean "lpips-alex"?')
  expect(readdirSync(cwd)).toEqual([])
})

test("a killed fetch leaves only the part, from which the next one goes on", async () => {
  const ranges: (string | undefined)[] = []
  server = createServer(({ headers }, response) => {
    ranges.push(headers.range)
    if (ranges.length > 1) return response.writeHead(404).end()
    response.writeHead(200, { "content-length": SQUEEZE_BYTES })
    response.write(Buffer.alloc(100_000))
  })
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve))
  const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const part = join(cwd, `${SQUEEZE}.part`)
  const fetch = ["weights", "fetch", "lpips-squeeze", "--folder", ".", "--from", from]
  const running = start(cwd, ...fetch)
  await until(() => statSync(part, { throwIfNoEntry: false })?.size === 100_000)
  running.kill("SIGKILL")
  await running.finished
  expect(readdirSync(cwd)).toEqual([`${SQUEEZE}.part`])
  const again = await ifnormal(cwd, ...fetch)
  expect(ranges).toEqual([undefined, "bytes=100000-"])
  expect(again).toMatchObject({ code: 4, stdout: "" })
  expect(again.stderr).toMatch(/error\[weights-fetch\]: .* 404/)
})

test("metrics read from the same folder, and are told what to run", async () => {
  await expect(weightReader(cwd)("inception")).rejects.toMatchObject({
    code: "weights-missing",
    next: expect.stringContaining("ifnormal weights fetch inception"),
  })
  expect(weightsFolder()).toBe(join(cacheFolder(), "weights"))
})
