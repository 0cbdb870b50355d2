// Headless Chromium for tests: Debian's, driven by playwright-core, which brings no browser of its own.
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const path = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium"

/** True when there is no browser and the environment allows that; the tests are then skipped, and counted as skipped. */
export const browserMayBeMissing = !existsSync(path) && process.env.IFNORMAL_ALLOW_NO_BROWSER === "1"

export function launch(): Promise<Browser> {
  if (!existsSync(path))
    throw new Error(
      `No Chromium at ${path}. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to one, ` +
        "or set IFNORMAL_ALLOW_NO_BROWSER=1 to skip the tests that need a browser.",
    )
  return chromium.launch({
    executablePath: path,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--no-first-run",
      "--disable-component-update",
      "--disable-sync",
    ],
  })
}
