// The model that comes with the command line.
import { fileURLToPath } from "node:url"
import { createRegistry } from "../../core/dist/index.js"
import { loadRun } from "../../core/dist/node/index.js"
import { detectors } from "../../detectors/dist/index.js"
import { generators } from "../../generators/dist/index.js"

export function shippedModel() {
  const folder = fileURLToPath(new URL("../../cli/models/colored-mnist", import.meta.url))
  return loadRun(folder, createRegistry([detectors, generators]))
}
