/**
 * Specs that pass on tfjs-backend-cpu and cannot pass here, each with the reason. scripts/conformance.mjs fails on one that
 * is missing here, and on one here that passes.
 */
export const exclusions: Readonly<Record<string, string>> = {
  "Switching cpu backends conformance {} Move data from cpu1 to cpu2 backend":
    "tfjs-core defines it only when the backend under test is named cpu",
  "Switching cpu backends conformance {} can execute op with data from mixed backends":
    "tfjs-core defines it only when the backend under test is named cpu",
}
