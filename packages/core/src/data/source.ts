import { DataError } from "../contract/errors.js"
import type { ImageSource } from "../contract/images.js"

/**
 * The images of `source` at `indices`, in that order, with their labels and attributes. Nothing is copied or read.
 * @throws DataError "data-index" when an index is not an integer in 0..length-1.
 */
export function subset(source: ImageSource, indices: ArrayLike<number>): ImageSource {
  const rows = Int32Array.from(indices)
  for (let i = 0; i < rows.length; i++) {
    const index = indices[i] as number
    if (!Number.isInteger(index) || index < 0 || index >= source.length)
      throw new DataError({
        code: "data-index",
        message: `Image index ${index} found, expected an integer from 0 to ${source.length - 1}.`,
        next: "Pass indices of the source's own images.",
      })
  }
  return {
    shape: source.shape,
    length: rows.length,
    labels: pick(source.labels, rows),
    ...(source.attributes && {
      attributes: Object.fromEntries(
        Object.entries(source.attributes).map(([name, values]) => [name, pick(values, rows)]),
      ),
    }),
    ...(source.files && { files: Array.from(rows, (row) => source.files![row]!) }),
    ...(source.attributeNames && { attributeNames: source.attributeNames }),
    read: async (positions) => {
      return source.read(
        positions.map((position) => {
          const row = rows[position]
          if (row === undefined)
            throw new DataError({
              code: "data-index",
              message: `Image index ${position} found, expected an integer from 0 to ${rows.length - 1}.`,
              next: "Pass indices of the subset's own images.",
            })
          return row
        }),
      )
    },
  }
}

function pick(values: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((row) => values[row] as number)
}
