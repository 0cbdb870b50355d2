import { createHash } from "node:crypto"
import { join } from "node:path"
import { writeFileAtomic } from "@ifnormal/core/node"
import { renderToString } from "preact-render-to-string"
import { script, style } from "../generated/page.js"
import { App } from "./page/App.js"
import { makePage } from "./page-data.js"
import { readRun } from "./read-run.js"

/**
 * One self-contained HTML file of a run folder (contract/run-files.ts): readable without JavaScript, no request to
 * anywhere (its Content-Security-Policy forbids them), below 5 MB. A missing file becomes a section that names the
 * command that makes it. Throws FileError "not-found", "run-file-broken".
 */
export async function renderReport(runFolder: string): Promise<string> {
  const { data, spriteUri } = makePage(runFolder, await readRun(runFolder))
  const title = `${data.run?.title ?? data.folder} · ifnormal report`
  const policy = [
    "default-src 'none'",
    "img-src data:",
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  ].join("; ")
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title>`,
    '<link rel="icon" href="data:,">',
    `<style>${style}</style>`,
    // No custom property: Chromium drops those above 2 MiB.
    ...(spriteUri ? [`<style id="sprite">.picture{background-image:url(${spriteUri})}</style>`] : []),
    "</head>",
    "<body>",
    `<div id="app">${renderToString(<App data={data} />)}</div>`,
    `<script type="application/json" id="data">${escapeJson(data)}</script>`,
    `<script>${script}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n")
}

/** Writes `report.html` into the run folder, whole or not at all, and returns its path. Throws as renderReport, and FileError "not-writable", "disk-full". */
export async function writeReport(runFolder: string): Promise<string> {
  const html = await renderReport(runFolder)
  const path = join(runFolder, "report.html")
  await writeFileAtomic(path, html)
  return path
}

/** JSON that cannot end its script element. */
const escapeJson = (value: unknown) => JSON.stringify(value).replaceAll("<", "\\u003c")

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
