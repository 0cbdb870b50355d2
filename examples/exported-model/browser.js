import * as ort from "onnxruntime-web/wasm"

// Where the page serves onnxruntime-web's dist/ort-wasm-simd-threaded.wasm.
ort.env.wasm.wasmPaths = { wasm: "/ort-wasm-simd-threaded.wasm" }
ort.env.wasm.numThreads = 1

/** Score of an <img>, and of its counterfactuals by concept. */
export async function explain(image, folder) {
  const detector = await ort.InferenceSession.create(`${folder}/detector.onnx`)
  const generator = await ort.InferenceSession.create(`${folder}/generator.onnx`)
  const { naturalWidth: width, naturalHeight: height } = image
  const context = new OffscreenCanvas(width, height).getContext("2d")
  context.drawImage(image, 0, 0)
  const rgba = context.getImageData(0, 0, width, height).data
  const pixels = Float32Array.from(
    rgba.filter((_, i) => i % 4 < 3),
    (byte) => byte / 255,
  )
  const images = new ort.Tensor("float32", pixels, [1, height, width, 3])

  const { score } = await detector.run({ images })
  const result = { score: score.data[0], counterfactuals: [] }
  for (const k of [0, 1]) {
    const alpha = new ort.Tensor("float32", [0], [1])
    const concept = new ort.Tensor("int32", [k], [1])
    const { counterfactual } = await generator.run({ images, alpha, concept })
    const { score: after } = await detector.run({ images: counterfactual })
    result.counterfactuals.push(after.data[0])
  }
  return result
}
