import type { MetricContext } from "@ifnormal/core"
import { WeightStore } from "@ifnormal/weights/node"

/**
 * What a metric reads published weights with: files of the store whose hash is right. It never downloads.
 * @param folder where the files are, default the cache's folder "weights"
 */
export function weightReader(folder?: string): NonNullable<MetricContext["weights"]> {
  const store = new WeightStore(folder === undefined ? {} : { folder })
  return (name) => store.read(name)
}
