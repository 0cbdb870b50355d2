// Floating-point operations of the convolutions and matrix products of one step of network.mjs, a multiplication and an
// addition counted as two. A pass backward costs what the pass forward costs for the weights' gradient, and as much again
// for the input's. Power iterations and elementwise work are left out: under 2 % and not what grows.
export function stepFlops({ size, width: w, batch }) {
  const conv = (edge, kernel, i, o) => 2 * batch * edge * edge * kernel * kernel * i * o
  const [full, half, quarter] = [size, size / 2, size / 4]
  const block = (inner, outer, skip, i, o) =>
    conv(inner, 3, i, o) + conv(outer, 3, o, o) + conv(skip, 1, i, o)
  const first = conv(full, 3, 3, w)
  const generator =
    first +
    block(full, full, half, w, 2 * w) +
    block(half, half, quarter, 2 * w, 4 * w) +
    block(quarter, quarter, quarter, 4 * w, 4 * w) +
    block(half, half, half, 4 * w, 2 * w) +
    block(full, full, full, 2 * w, w) +
    conv(full, 3, w, 3)
  // What reads the images directly: no gradient for them in D's own phase.
  const criticInput = (channels) => conv(full, 3, channels, w) + conv(full, 1, channels, w)
  const critic = (channels) =>
    criticInput(channels) +
    conv(full, 3, w, w) +
    block(half, half, half, w, 2 * w) +
    block(quarter, quarter, quarter, 2 * w, 4 * w)
  const eighth = Math.floor(size / 8)
  const phi =
    conv(full, 5, 3, 32) +
    conv(half, 5, 32, 64) +
    conv(quarter, 5, 64, 128) +
    2 * batch * (eighth * eighth * 128 * 512 + 512)
  // G(x, alpha), G(x, phi) and the cycle, of which only the cycle has a gradient for its input.
  const ofGenerator = 3 * 3 * generator - 2 * first
  const ofDetector = 3 * phi
  // D(x), D(made) with weights' gradients, then D(made) with the input's only; R twice with both.
  const ofCritics = 2 * (3 * critic(3) - criticInput(3)) + 2 * critic(3) + 2 * 3 * critic(6)
  return ofGenerator + ofDetector + ofCritics
}
