// The rows of the table: what is measured, and the bars.
import { batchGrowth, explaining, memoryGrowth, paired, processStart, widthGrowth } from "./measure.mjs"
import { works } from "./work.mjs"

const low = { memory: "low" }

/** By id: title and measure(context). */
export const rows = {
  gan28: {
    title: "CE-GAN step 28x28x3, width 16, batch 64",
    measure: (context) => paired(works.gan(), { ratio: 0.9, reach: 0.5, rss: 1.3, reachRss: 0.8 }, context),
  },
  gan32: {
    title: "CE-GAN step 32x32x3, width 32, batch 64",
    measure: (context) =>
      paired(
        works.gan({ size: 32, width: 32 }),
        { ratio: 0.9, reach: 0.5, rss: 1.3, reachRss: 0.8 },
        context,
      ),
  },
  "gan32-low": {
    title: "the same with memory low",
    measure: (context) =>
      paired({ ...works.gan({ size: 32, width: 32 }), options: low }, { ratio: 1.2, rss: 1 }, context),
  },
  cnn28: {
    title: "detector step CNN28, 128 + 128",
    measure: (context) => paired(works.detector("cnn28"), { ratio: 1, reach: 0.6 }, context),
  },
  cnn32: {
    title: "detector step CNN32, 128 + 128",
    measure: (context) => paired(works.detector("cnn32"), { ratio: 1, reach: 0.6 }, context),
  },
  infer1: {
    title: "inference phi(G(x)), shipped model, batch 1",
    measure: (context) => paired(works.inference(1), { ratio: 1, reach: 0.5 }, context),
  },
  infer64: {
    title: "inference phi(G(x)), shipped model, batch 64",
    measure: (context) => paired(works.inference(64), { ratio: 1, reach: 0.5 }, context),
  },
  explain: { title: "200 calls of explain on 1 to 64 images, shipped model", measure: explaining },
  start: { title: "process start to first trained step of gan28", measure: processStart },
  batches: { title: "gan28's step, batch 16 to 256", measure: batchGrowth },
  widths: { title: "gan28's step, width 16 to 64", measure: widthGrowth },
  memory: { title: "gan28's step, width 64, batch 192", measure: memoryGrowth },
  shipped: {
    title: "shipped model's training step",
    measure: (context) =>
      paired(works.shipped(), { ratio: 0.9, reach: 0.5, rss: 1.3, reachRss: 0.8 }, context),
  },
}
