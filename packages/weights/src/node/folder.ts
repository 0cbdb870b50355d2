import { homedir } from "node:os"
import { join } from "node:path"

/** Where files of weights are kept: the folder "weights" in IFNORMAL_CACHE, or in ~/.cache/ifnormal (XDG_CACHE_HOME). */
export function weightsFolder(): string {
  const cache =
    process.env.IFNORMAL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "ifnormal")
  return join(cache, "weights")
}
