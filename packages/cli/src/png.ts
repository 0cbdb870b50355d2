import { deflateSync } from "node:zlib"
import type { Image } from "@ifnormal/core"

const SIGNATURE = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10])

/**
 * An image as PNG, 8 bit gray or RGB.
 * @param image [height, width, 1 or 3], values in [0, 1]
 */
export function encodePng(image: Image): Uint8Array {
  const [height, width, channels] = image.shape
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8)
  const row = width * channels
  // Each row begins with its filter type, 0 = none.
  const pixels = Buffer.alloc(height * (row + 1))
  for (let y = 0; y < height; y++)
    for (let i = 0; i < row; i++)
      pixels[y * (row + 1) + 1 + i] = Math.round(255 * Math.min(1, Math.max(0, image.data[y * row + i]!)))
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, "latin1")
  bytes.set(data, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}

// zlib.crc32 came with Node 20.15.
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
