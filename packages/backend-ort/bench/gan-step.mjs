// One CE-GAN training step, timed: upload of alpha and k, step, read of the losses. Usage, after `npm run build`:
//   node bench/gan-step.mjs [--width 16] [--batch 64] [--size 28] [--network ./network.mjs] [--export file] and sideOptions
import { parseArgs } from "node:util"
import { compiled } from "../../core/dist/index.js"
import { exportTensors } from "./export.mjs"
import { meter, printSummary, sideOptions, startEngine, turns } from "./side.mjs"

const { values } = parseArgs({
  options: {
    ...sideOptions,
    width: { type: "string", default: "16" },
    batch: { type: "string", default: "64" },
    size: { type: "string", default: "28" },
    network: { type: "string", default: "./network.mjs" },
    // Writes the first weights and the inputs of every step to a safetensors file, for the other side's --load.
    export: { type: "string" },
  },
})
const name = await startEngine(values)
const { make } = await import(new URL(values.network, import.meta.url).href)
const network = make({ width: Number(values.width), batch: Number(values.batch), size: Number(values.size) })
if (values.export) await exportTensors(values.export, network.weights, network.inputs, Number(values.steps))

const step = compiled(network.step)
const measured = meter(name)
for await (const _ of turns(values)) {
  measured.begin()
  const { x, alpha, k } = network.inputs(measured.times.length)
  const losses = step(x, alpha, k)
  const read = Array.from(losses.dataSync())
  for (const tensor of [alpha, k, losses]) tensor.dispose()
  measured.end({ losses: read })
}
printSummary(values, measured, name)
process.exit(0)
