import { defineConfig } from "tsup"

export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  target: "node20",
  dts: true,
  sourcemap: true,
  clean: true,
  // Preact is a devDependency: it is bundled into dist, so that users install nothing for it.
  noExternal: [/^preact/],
})
