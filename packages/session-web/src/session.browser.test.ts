import { readFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { browserMayBeMissing, launch } from "../../../tools/browser.js"
import { exercised } from "../../onnx/test/session-checks.js"

const require = createRequire(import.meta.url)

/** Serves one page that runs the checks and writes their result into its title. */
async function serve(): Promise<Server> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("../test/page.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
  })
  const script = bundle.outputFiles[0]!.contents
  const wasm = await readFile(require.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm"))
  const files: Record<string, readonly [type: string, body: string | Uint8Array]> = {
    "/": ["text/html", '<!doctype html><title></title><script type="module" src="/page.js"></script>'],
    "/page.js": ["text/javascript", script],
    "/ort.wasm": ["application/wasm", wasm],
  }
  const server = createServer((request, response) => {
    const file = files[request.url ?? ""]
    response.writeHead(file ? 200 : 404, { "content-type": file?.[0] ?? "text/plain" }).end(file?.[1])
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return server
}

describe.skipIf(browserMayBeMissing)("in a browser", () => {
  let server: Server
  beforeAll(async () => {
    server = await serve()
  })
  afterAll(() => server?.close())

  test("the same model gives the same results and refuses the same feeds", async () => {
    const browser = await launch()
    try {
      const page = await browser.newPage()
      const problems: string[] = []
      page.on("pageerror", (error) => problems.push(String(error)))
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      await page.waitForFunction("document.title !== ''")
      expect(JSON.parse(await page.title())).toEqual(exercised)
      expect(problems).toEqual([])
    } finally {
      await browser.close()
    }
  })
})
