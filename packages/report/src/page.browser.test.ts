import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { decode } from "fast-png"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { browserMayBeMissing, launch } from "../../../tools/browser.js"
import { writeFixture } from "../test/fixture.js"
import { writeOwnFixture } from "../test/own-fixture.js"
import { writeReport } from "./index.js"

describe.skipIf(browserMayBeMissing)("in a browser, opened as a file", () => {
  let browser: Browser
  let folder: string
  let url: string
  /** Of a detector that the user brought, with a picture above 2 MiB. */
  let own: string
  /** Console messages and errors of all pages; requests other than the file itself. */
  const problems: string[] = []
  const requests: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ifnormal-report-"))
    await writeFixture(folder, { anomalies: 24, strips: 2, label: `${"long-file-name-".repeat(9)}.png` })
    url = pathToFileURL(await writeReport(folder)).href
    await writeOwnFixture(join(folder, "own"), { anomalies: 8, side: 128 })
    own = pathToFileURL(await writeReport(join(folder, "own"))).href
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(options: BrowserContextOptions = {}, address = url): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
    page.on("console", (message) => problems.push(message.text()))
    page.on("pageerror", (error) => problems.push(String(error)))
    page.on("request", (request) => {
      if (request.url() !== address && !request.url().startsWith("data:")) requests.push(request.url())
    })
    await page.goto(address)
    if (options.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready]")
    return page
  }
  const selected = (page: Page) => page.textContent("#selected-label")
  const background = (page: Page) => page.evaluate("getComputedStyle(document.body).backgroundColor")

  test("arrow keys select an anomaly, and its change map follows", async () => {
    const page = await open()
    await page.focus(".gallery button[aria-pressed=true]")
    expect(await selected(page)).toContain("1 of 24")
    const first = await page.getAttribute("img.map", "src")
    await page.keyboard.press("ArrowRight")
    expect(await selected(page)).toContain("2 of 24")
    await page.waitForFunction(
      (before) => document.querySelector<HTMLImageElement>("img.map")!.src !== before,
      first,
    )
    expect(await page.evaluate("document.activeElement.getAttribute('aria-pressed')")).toBe("true")
    await page.keyboard.press("ArrowDown")
    expect(await selected(page)).toContain("12 of 24")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("End")
    expect(await selected(page)).toContain("24 of 24")
    await page.keyboard.press("ArrowRight")
    expect(await selected(page)).toContain("24 of 24")
    await page.keyboard.press("Home")
    expect(await selected(page)).toContain("1 of 24")
    expect(await page.getAttribute("img.map", "src")).toBe(first)
    const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    expect(outline).toBe("solid")
    await page.close()
  })

  test("the channel of the change map and the groups of the histogram can be chosen", async () => {
    const page = await open()
    const luminance = await page.getAttribute("img.map", "src")
    await page.click("#change button:text-is('Red')")
    await page.waitForFunction(
      (b) => document.querySelector<HTMLImageElement>("img.map")!.src !== b,
      luminance,
    )
    expect(await page.locator("#scores .chart g").count()).toBe(4)
    await page.click("#scores .chip:nth-child(4)")
    expect(await page.locator("#scores .chart g").count()).toBe(3)
    await page.click("#scores button:text-is('log')")
    expect(await page.getAttribute("#scores button:text-is('log')", "aria-pressed")).toBe("true")
    await page.close()
  })

  test("follows the reader's color scheme, and the switch overrules it", async () => {
    const light = await open({ colorScheme: "light" })
    expect(await background(light)).toBe("rgb(255, 255, 255)")
    await light.click("#theme")
    const dark = await open({ colorScheme: "dark" })
    expect(await background(light)).toBe(await background(dark))
    expect(await background(dark)).not.toBe("rgb(255, 255, 255)")
    await dark.click("#theme")
    expect(await background(dark)).toBe("rgb(255, 255, 255)")
    await Promise.all([light.close(), dark.close()])
  })

  test.each([400, 700, 1280])("has no horizontal overflow at %i px", async (width) => {
    const page = await open({ viewport: { width, height: 800 } })
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width)
    await page.close()
  })

  test("is complete without JavaScript", async () => {
    const page = await open({ javaScriptEnabled: false })
    expect(await page.locator(".gallery [role=img]").count()).toBeGreaterThan(70)
    expect(await page.locator("img.map").count()).toBe(2)
    // Eight metrics under six headings.
    expect(await page.locator("#metrics tbody tr").count()).toBe(14)
    await page.close()
  })

  test("behind a metric's name is how it was computed", async () => {
    const page = await open({ viewport: { width: 400, height: 800 } })
    const row = page.locator("#metrics tr", { hasText: "Detector AuROC" })
    const how = row.getByText("95\u202f% interval, 1\u202f000 draws, seed 7")
    expect(await how.isVisible()).toBe(false)
    await row.locator("summary").click()
    expect(await how.isVisible()).toBe(true)
    expect(await row.getByText("Images: normal 2\u202f006, anomaly 7\u202f994").isVisible()).toBe(true)
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400)
    await page.close()
  })

  test("a detector of the user's own: large pictures are painted, the selection changes heatmap and generators", async () => {
    const page = await open({}, own)
    const anomaly = page.locator("#change .original .picture")
    const { data } = decode(await anomaly.screenshot())
    expect(new Set(data).size).toBeGreaterThan(50)
    const heat = page.locator("#change [aria-label='heatmap of bad/0.png: gradient map']")
    expect(await heat.count()).toBe(1)
    expect(await page.locator("#change .outline").count()).toBe(1)
    expect(await page.locator("#change .generated").count()).toBe(2)
    await page.focus(".gallery button[aria-pressed=true]")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    expect(await selected(page)).toContain("bad/2.png 3 of 8")
    expect(await heat.count()).toBe(0)
    // The third anomaly has none of "nearest"; its change maps are computed from the picture.
    expect(await page.locator("#change .generated").count()).toBe(1)
    await page.waitForSelector("#change img.map[alt^='signed change of bad/2.png, gradient 1']")
    await page.close()
  })

  test.each([400, 700, 1280])("the same has no horizontal overflow at %i px", async (width) => {
    const page = await open({ viewport: { width, height: 800 } }, own)
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width)
    await page.close()
  })

  test("nothing was requested and nothing was reported in all of this", () => {
    expect(requests).toEqual([])
    expect(problems).toEqual([])
  })
})
