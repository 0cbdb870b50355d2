// What `npm run detectors` trains: one entry per setup, detector and seed.
const SEEDS = [1, 2, 3]
const OE_BAR = "AuROC >= 97"

/** As the shipped detector, gray images a third shorter; Deep SVDD, one seed tried, gained nothing on validation images after 100 steps. */
const training = (type, dataset) => ({
  steps: type === "dsvdd" ? 200 : dataset === "mnist" ? 400 : 600,
  batchSize: type === "dsvdd" ? 64 : 128,
  learningRate: 1e-3,
})
const grayLetters = { type: "letters", colored: false }
const generator = { type: "gan" }

/**
 * @param fashion folder of Fashion-MNIST's idx files; its rows are left out where it is undefined
 * @returns { name, seed, setup, detector, bar, experiment }, in the order of training
 */
export function rows({ fashion }) {
  const setups = [
    ...["one", "seven", "eight"].map((digit) => ({
      key: `mnist-${digit}`,
      setup: `MNIST, ${digit}`,
      dataset: { type: "mnist" },
      normal: [digit],
      outlierExposure: grayLetters,
      detectors: ["hsc", "bce", "dsvdd"],
      bars: { bce: OE_BAR, hsc: OE_BAR, dsvdd: "mean over the digits >= 90" },
    })),
    {
      key: "colored-one-cyan",
      setup: "Colored-MNIST, one + cyan",
      dataset: { type: "colored-mnist" },
      normal: ["one", { color: "cyan" }],
      outlierExposure: { type: "letters" },
      detectors: ["hsc", "bce", "dsvdd", "fcdd"],
      bars: { bce: `${OE_BAR}, phi >= 0.8`, hsc: `${OE_BAR}, phi >= 0.8` },
    },
    {
      key: "colored-one-red",
      setup: "Colored-MNIST, one + red",
      dataset: { type: "colored-mnist" },
      normal: ["one", { color: "red" }],
      outlierExposure: { type: "letters" },
      // Paper section 5.3: the classifier sees anomalies of one color only.
      labelledAnomalies: [{ color: "blue" }],
      detectors: ["supervised", "bce"],
      bars: {},
    },
    ...(fashion
      ? [
          ["zero", "T-shirt"],
          ["one", "trouser"],
        ].map(([label, garment]) => ({
          key: `fashion-${label}`,
          setup: `Fashion-MNIST, ${garment}`,
          dataset: { type: "mnist", folder: fashion, verify: false },
          normal: [label],
          outlierExposure: grayLetters,
          detectors: ["bce", "hsc", "dsvdd"],
          bars: {},
        }))
      : []),
  ]
  return setups.flatMap(
    ({ key, setup, dataset, normal, outlierExposure, labelledAnomalies, detectors, bars }) =>
      detectors.flatMap((type) =>
        SEEDS.map((seed) => ({
          name: `${key}-${type}-seed-${seed}`,
          seed,
          setup,
          detector: type,
          bar: bars[type],
          experiment: {
            name: key,
            dataset,
            setup: { normal, outlierExposure, ...(type === "supervised" && { labelledAnomalies }) },
            detector: { type, training: training(type, dataset.type) },
            generator,
          },
        })),
      ),
  )
}
