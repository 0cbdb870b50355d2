// The two convolution gradients of tfjs-backend-cpu 4.22 read every element through accessors; on typed arrays the
// judge's training step takes 0.14 s instead of 3.3 s. Same sums, other order. Only this script uses them.
import * as tf from "@tensorflow/tfjs-core"

/** Calls `tap(input offset, filter offset, output offset)` for every valid tap of a convolution. */
function taps(info, tap) {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info
  for (let b = 0; b < batchSize; b++)
    for (let oy = 0; oy < outHeight; oy++)
      for (let ox = 0; ox < outWidth; ox++) {
        const output = ((b * outHeight + oy) * outWidth + ox) * outChannels
        for (let ky = 0; ky < filterHeight; ky++) {
          const y = oy * strideHeight - padInfo.top + ky
          if (y < 0 || y >= inHeight) continue
          for (let kx = 0; kx < filterWidth; kx++) {
            const x = ox * strideWidth - padInfo.left + kx
            if (x < 0 || x >= inWidth) continue
            tap(((b * inHeight + y) * inWidth + x) * inChannels, ky * filterWidth + kx, output)
          }
        }
      }
}

function filterGradient({ inputs: { x, dy }, backend, attrs: { strides, pad, filterShape } }) {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad)
  const [X, Y] = [backend.data.get(x.dataId).values, backend.data.get(dy.dataId).values]
  const [ci, co] = [info.inChannels, info.outChannels]
  const out = new Float32Array(filterShape.reduce((a, b) => a * b))
  taps(info, (input, tap, output) => {
    for (let i = 0; i < ci; i++) {
      const value = X[input + i]
      if (value === 0) continue
      const row = (tap * ci + i) * co
      for (let o = 0; o < co; o++) out[row + o] += value * Y[output + o]
    }
  })
  return backend.makeTensorInfo(filterShape, "float32", out)
}

function inputGradient({ inputs: { dy, filter }, backend, attrs: { strides, pad, inputShape } }) {
  const info = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad)
  const [F, Y] = [backend.data.get(filter.dataId).values, backend.data.get(dy.dataId).values]
  const [ci, co] = [info.inChannels, info.outChannels]
  const turned = new Float32Array(F.length)
  for (let k = 0; k < F.length / (ci * co); k++)
    for (let i = 0; i < ci; i++)
      for (let o = 0; o < co; o++) turned[(k * co + o) * ci + i] = F[(k * ci + i) * co + o]
  const out = new Float32Array(inputShape.reduce((a, b) => a * b))
  taps(info, (input, tap, output) => {
    for (let o = 0; o < co; o++) {
      const value = Y[output + o]
      if (value === 0) continue
      const row = (tap * co + o) * ci
      for (let i = 0; i < ci; i++) out[input + i] += value * turned[row + i]
    }
  })
  return backend.makeTensorInfo(inputShape, "float32", out)
}

/** Replaces the two kernels of backend "cpu" in this process. */
export function installCpuConvGradients() {
  for (const [kernelName, kernelFunc] of [
    ["Conv2DBackpropFilter", filterGradient],
    ["Conv2DBackpropInput", inputGradient],
  ]) {
    tf.unregisterKernel(kernelName, "cpu")
    tf.registerKernel({ kernelName, backendName: "cpu", kernelFunc })
  }
}
