import { defineConfig } from "tsup"

export default defineConfig({
  entry: ["src/index.ts", "src/node/index.ts"],
  format: "esm",
  target: "node20",
  dts: {
    banner: 'import type {} from "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js"',
  },
  sourcemap: true,
  clean: true,
})
