type Tensor = { readonly dtype: "float32"; readonly shape: readonly number[]; readonly data: Float32Array }
type Convolution = readonly [name: string, out: number, inner: number, height: number, width: number]

export function values(name: string, count: number, low: number, high: number): Float32Array
export function formulaState(convolutions: readonly Convolution[]): Map<string, Tensor>
export function formulaImage(
  name: string,
  shape: readonly [height: number, width: number, channels: number],
): Uint8Array
