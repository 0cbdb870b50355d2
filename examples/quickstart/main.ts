import "@ifnormal/backend-ort"
import { argv } from "node:process"
import { pathToFileURL } from "node:url"
import { createRegistry, type Explanation, explain, toTensor } from "@ifnormal/core"
import { loadRun } from "@ifnormal/core/node"
import { decodeImage } from "@ifnormal/datasets"
import { detectors } from "@ifnormal/detectors"
import { generators } from "@ifnormal/generators"

/** What the image would have to look like to be normal, by each concept of the run's generator. */
export async function explainFile(run: string, file: string): Promise<Explanation> {
  const model = await loadRun(run, createRegistry([detectors, generators]))
  const { bytes } = await decodeImage(file, model.detector.inputShape)
  const [explanation] = await explain(toTensor(bytes, 1, model.detector.inputShape), model)
  return explanation!
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const [, , run = "../../runs/demo", file = "odd.png"] = argv
  const { score, counterfactuals } = await explainFile(run, file)
  console.log(`score of ${file}: ${score.toFixed(3)}`)
  for (const { concept, score, distance, status } of counterfactuals)
    console.log(
      `concept ${concept + 1}: score ${score.toFixed(3)}, distance ${distance.toFixed(3)}, ${status}`,
    )
}
