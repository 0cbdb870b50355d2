// Types of the chained ops (x.sub(...)) inside this package; tsup.config.ts puts the same line over the published types.
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js"
