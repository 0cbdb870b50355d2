// Side effect: gradients and chained ops into tfjs-core's process-wide registries (docs/decisions/0003).
// tfjs-core comes first: whichever copy loads first provides the Tensor class, and only the real one is complete.
import "@tensorflow/tfjs-core"
import "../generated/tfjs-registrations.js"
