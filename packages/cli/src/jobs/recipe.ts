import type { ExperimentInput } from "@ifnormal/core"

/** Colored-MNIST of the paper's section 5.1, normal = every one and every cyan digit, at the defaults of each type. */
export const coloredMnistRecipe: ExperimentInput = {
  name: "colored-mnist",
  dataset: { type: "colored-mnist" },
  setup: { normal: ["one", { color: "cyan" }], outlierExposure: { type: "letters" } },
  detector: { type: "bce" },
  generator: { type: "gan" },
}
