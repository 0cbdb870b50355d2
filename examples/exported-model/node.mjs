import * as ort from "onnxruntime-node"
import sharp from "sharp"

const [folder = "export", file = "odd.png"] = process.argv.slice(2)
const detector = await ort.InferenceSession.create(`${folder}/detector.onnx`)
const generator = await ort.InferenceSession.create(`${folder}/generator.onnx`)

// Bytes of RGB pixels, row by row, to numbers in [0, 1]: no other preparation.
const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true })
const pixels = Float32Array.from(data, (byte) => byte / 255)
const images = new ort.Tensor("float32", pixels, [1, info.height, info.width, 3])

const { score } = await detector.run({ images })
const result = { score: score.data[0], counterfactuals: [] }
for (const k of [0, 1]) {
  const alpha = new ort.Tensor("float32", [0], [1]) // the score to reach: 0 is normal
  const concept = new ort.Tensor("int32", [k], [1])
  const { counterfactual } = await generator.run({ images, alpha, concept })
  const { score: after } = await detector.run({ images: counterfactual })
  result.counterfactuals.push(after.data[0])
}
console.log(JSON.stringify(result))
