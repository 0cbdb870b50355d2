import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"

const source = join(import.meta.dirname, "../src")

test("only src/node and tests import from Node, and nothing else imports src/node: core runs in a browser", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$/.test(file) && !file.startsWith("node/"))
  expect(files.length).toBeGreaterThan(20)
  for (const file of files) {
    const text = readFileSync(join(source, file), "utf8")
    expect(text, file).not.toMatch(/from "node:|import\("node:|\/node\/|\b(process|Buffer)\./)
  }
})
