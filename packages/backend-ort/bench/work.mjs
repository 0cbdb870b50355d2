// What is compared: the scripts of both sides with the arguments that make them do the same work.
import { shippedConfig } from "./shipped-config.mjs"

/** Arguments of both sides by name of the work. */
export const works = {
  shipped: () => ({
    ours: ["shipped-step.mjs"],
    torch: ["shipped_step.py", "--config", JSON.stringify(shippedConfig())],
  }),
  gan: ({ size = 28, width = 16, batch = 64 } = {}) => {
    const shared = ["--size", `${size}`, "--width", `${width}`, "--batch", `${batch}`]
    return { ours: ["gan-step.mjs", ...shared], torch: ["gan_step.py", ...shared] }
  },
  detector: (network) => ({
    ours: ["detector-step.mjs", "--network", network],
    torch: ["detector_step.py", "--network", network],
  }),
  inference: (batch) => {
    const shared = ["--batch", `${batch}`, "--repeats", `${batch === 1 ? 50 : 10}`]
    const config = JSON.stringify(shippedConfig())
    return { ours: ["inference.mjs", ...shared], torch: ["inference.py", "--config", config, ...shared] }
  },
}
