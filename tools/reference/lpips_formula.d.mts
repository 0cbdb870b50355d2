type Tensor = { readonly dtype: "float32"; readonly shape: readonly number[]; readonly data: Float32Array }

export function trunkState(
  parameters: readonly (readonly [name: string, shape: readonly number[]])[],
): Map<string, Tensor>
export function formulaPair(
  shape: readonly [height: number, width: number, channels: number],
  name?: string,
): [Uint8Array, Uint8Array]
