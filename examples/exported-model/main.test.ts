import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { browserMayBeMissing, launch } from "../../tools/browser.js"

const here = import.meta.dirname
const require = createRequire(import.meta.url)

/** What all three programs print. */
interface Result {
  readonly score: number
  readonly counterfactuals: readonly number[]
}

let folder: string
let inNode: Result

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ifnormal-exported-"))
  const cli = join(here, "../../packages/cli/bin/ifnormal.mjs")
  // One thread: beside other tests a second one waits for a core that is not free.
  execFileSync(process.execPath, [cli, "export", "--out", folder, "--quiet", "--threads", "1"])
  const printed = execFileSync(process.execPath, [join(here, "node.mjs"), folder, join(here, "odd.png")])
  inNode = JSON.parse(String(printed))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("onnxruntime-node alone finds the red seven anomalous, and both counterfactuals nearer to normal", () => {
  expect(inNode.score).toBeGreaterThan(0.9)
  expect(inNode.counterfactuals).toHaveLength(2)
  for (const score of inNode.counterfactuals) expect(score).toBeLessThan(0.5)
})

describe.skipIf(browserMayBeMissing)("in a browser", () => {
  let server: Server
  afterAll(() => server?.close())

  test("onnxruntime-web alone gives the same numbers", async () => {
    server = await serve()
    const browser = await launch()
    try {
      const page = await browser.newPage()
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      await page.waitForFunction("document.title !== ''")
      const inPage: Result = JSON.parse(await page.title())
      expect(Math.abs(inPage.score - inNode.score)).toBeLessThan(1e-4)
      for (const [i, score] of inPage.counterfactuals.entries())
        expect(Math.abs(score - inNode.counterfactuals[i]!)).toBeLessThan(1e-4)
    } finally {
      await browser.close()
    }
  })

  async function serve(): Promise<Server> {
    const contents = `import { explain } from "./browser.js"
const image = document.querySelector("img")
await image.decode()
document.title = JSON.stringify(await explain(image, "/export").catch(String))`
    const page = await build({
      stdin: { contents, resolveDir: here },
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
    })
    const wasm = "ort-wasm-simd-threaded.wasm"
    const files: Record<string, readonly [type: string, body: string | Uint8Array]> = {
      "/": ["text/html", '<title></title><img src="/odd.png"><script type="module" src="/page.js"></script>'],
      "/page.js": ["text/javascript", page.outputFiles[0]!.contents],
      "/odd.png": ["image/png", readFileSync(join(here, "odd.png"))],
      [`/${wasm}`]: ["application/wasm", readFileSync(require.resolve(`onnxruntime-web/${wasm}`))],
      "/export/detector.onnx": ["application/octet-stream", readFileSync(join(folder, "detector.onnx"))],
      "/export/generator.onnx": ["application/octet-stream", readFileSync(join(folder, "generator.onnx"))],
    }
    const made = createServer((request, response) => {
      const file = files[request.url ?? ""]
      response.writeHead(file ? 200 : 404, { "content-type": file?.[0] ?? "text/plain" }).end(file?.[1])
    })
    await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve))
    return made
  }
})

test.each(["node.mjs", "browser.js", "score.py"])("the guide shows %s as it is", (name) => {
  const guide = readFileSync(join(here, "../../docs/guide/export.md"), "utf8")
  expect(guide).toContain(readFileSync(join(here, name), "utf8").trimEnd())
})
