import type { Dataset } from "@ifnormal/core"

/** A data set that can say what it was read from. */
export interface HashedDataset extends Dataset {
  /** Hex SHA-256 by file name: the provenance of a run (RunFile.dataset.files). */
  files(): Promise<Readonly<Record<string, string>>>
}

/** SHA-256 by file name, of data sets that know their files; empty for others. */
export async function datasetFiles(dataset: Dataset): Promise<Readonly<Record<string, string>>> {
  return "files" in dataset && typeof dataset.files === "function" ? (dataset as HashedDataset).files() : {}
}
