// Writes src/lpips/linear-weights.ts from the original files of richzhang's package in models/lpips-v0.1.
//   npx turbo run build --filter=@ifnormal/weights && node packages/metrics/scripts/lpips-linear.mjs
//   npx biome check --write packages/metrics/src/lpips/linear-weights.ts
import { readFileSync, writeFileSync } from "node:fs"
import { readPyTorch } from "@ifnormal/weights"

const folder = new URL("../", import.meta.url)
const entries = ["alex", "vgg", "squeeze"].map((trunk) => {
  const state = readPyTorch(readFileSync(new URL(`models/lpips-v0.1/${trunk}.pth`, folder)))
  const layers = [...state.values()].map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  )
  return `  ${trunk}: "${Buffer.concat(layers).toString("base64")}",`
})
writeFileSync(
  new URL("src/lpips/linear-weights.ts", folder),
  `// Written by scripts/lpips-linear.mjs from models/lpips-v0.1/*.pth; do not edit.

/**
 * Linear weights of LPIPS v0.1 by trunk: float32, little-endian, base64, the layers one after another. In code so that a
 * browser has them without files. Copyright (c) 2018 Richard Zhang, Phillip Isola, Alexei A. Efros, Eli Shechtman, Oliver
 * Wang; BSD-2-Clause, see models/lpips-v0.1/LICENSE.
 */
export const linearWeights = {
${entries.join("\n")}
} as const
`,
)
