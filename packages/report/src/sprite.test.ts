import { decode } from "fast-png"
import { expect, test } from "vitest"
import { makeSprite } from "./sprite.js"

const png = (uri: string) => decode(Buffer.from(uri.slice(uri.indexOf(",") + 1), "base64"))

test("image i lies at column i % columns of row floor(i / columns), in the order asked for", () => {
  const bytes = Uint8Array.from({ length: 5 * 2 * 3 * 3 }, (_, i) => i)
  const { sprite, uri } = makeSprite(
    [4, 0, 2].map((row) => bytes.subarray(row * 18, (row + 1) * 18)),
    [2, 3, 3],
  )
  const { width, height, data, channels } = png(uri)
  expect({ width, height, channels }).toEqual({
    width: 3 * sprite.columns,
    height: 2 * sprite.rows,
    channels: 3,
  })
  ;[4, 0, 2].forEach((row, cell) => {
    const left = 3 * (cell % sprite.columns)
    const top = 2 * Math.floor(cell / sprite.columns)
    const corner = (top * width + left) * 3
    expect([...data.slice(corner, corner + 3)]).toEqual([row * 18, row * 18 + 1, row * 18 + 2])
  })
})

test("gray images give a gray picture", () => {
  const { uri } = makeSprite([Uint8Array.from([0, 50, 100, 255])], [2, 2, 1])
  expect([...png(uri).data]).toEqual([0, 50, 100, 255])
})
