// Do both sides of the comparison do the same work? Both start from the same weights and inputs; the first steps' losses
// (for inference the means of images and scores) have to agree to 4 digits. The shipped step has golden values instead:
// packages/generators' step.golden.test.ts. Usage, after `npm run build`: node bench/check.mjs [--python python3]
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { stepFlops } from "./flops.mjs"
import { works } from "./work.mjs"

const here = dirname(fileURLToPath(import.meta.url))
const TOLERANCE = 5e-4
const STEPS = 3
const checked = {
  "CE-GAN step 28x28x3 width 16": works.gan(),
  "CE-GAN step 32x32x3 width 32": works.gan({ size: 32, width: 32, batch: 32 }),
  "detector step CNN28": works.detector("cnn28"),
  "detector step CNN32": works.detector("cnn32"),
  "inference batch 1": works.inference(1),
  "inference batch 64": works.inference(64),
}

/** Losses of the first steps. */
function losses(command, [script, ...args]) {
  const text = execFileSync(command, [join(here, script), ...args, "--steps", `${STEPS}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  })
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line).losses)
}

/** Prints both sides' losses. Returns whether all agree. */
export function check(python) {
  const folder = mkdtempSync(join(tmpdir(), "ifnormal-check-"))
  const file = join(folder, "start.safetensors")
  let agree = true
  for (const [name, { ours, torch }] of Object.entries(checked)) {
    const a = losses(process.execPath, [...ours, "--export", file])
    const b = losses(python, [...torch, "--load", file])
    const differences = a.flatMap((row, i) => row.map((value, j) => Math.abs(value / b[i][j] - 1)))
    const worst = Math.max(...differences)
    agree &&= worst <= TOLERANCE
    const shown = (rows) => rows.map((row) => row.map((value) => value.toPrecision(6)).join(", ")).join(" | ")
    console.log(`${name}\n  ours    ${shown(a)}\n  PyTorch ${shown(b)}`)
    console.log(
      `  relative difference up to ${worst.toExponential(1)}: ${worst <= TOLERANCE ? "agrees" : "DIFFERS"}`,
    )
  }
  rmSync(folder, { recursive: true })
  return checkFlops(python) && agree
}

// PyTorch counts power iterations as well.
function checkFlops(python) {
  const [script, ...args] = works.gan().torch
  const counted = Number(execFileSync(python, [join(here, script), ...args, "--flops"], { encoding: "utf8" }))
  const expected = stepFlops({ size: 28, width: 16, batch: 64 })
  const agrees = Math.abs(expected / counted - 1) <= 0.01
  console.log(
    `operations of a step: ${expected} ours, ${counted} as PyTorch counts: ${agrees ? "agrees" : "DIFFERS"}`,
  )
  return agrees
}
