import { availableParallelism, cpus, loadavg, totalmem } from "node:os"

export const load = () => Number(loadavg()[0].toFixed(2))

/** What the numbers were measured on. */
export function machine() {
  const cores = availableParallelism()
  const gib = (totalmem() / 2 ** 30).toFixed(1)
  return `${cpus()[0].model.trim()}, ${cores} cores, ${gib} GiB, ${process.platform} ${process.arch}`
}
