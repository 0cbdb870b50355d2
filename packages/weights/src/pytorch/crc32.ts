/**
 * Remainders of a byte that is `lane` bytes before the end of a group of sixteen, at 256 * lane + byte ("slicing by 16",
 * after Kounavis and Berry 2005).
 */
const TABLE = new Int32Array(16 * 256)

for (let byte = 0; byte < 256; byte++) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1
  TABLE[byte] = remainder
}
for (let at = 256; at < TABLE.length; at++) {
  const before = TABLE[at - 256]!
  TABLE[at] = (before >>> 8) ^ TABLE[before & 255]!
}

/** Remainder of a little-endian word whose last byte is `lane` bytes before the end of its group. */
function lookUp(word: number, lane: number): number {
  const at = lane * 256
  return (
    TABLE[at + 768 + (word & 255)]! ^
    TABLE[at + 512 + ((word >>> 8) & 255)]! ^
    TABLE[at + 256 + ((word >>> 16) & 255)]! ^
    TABLE[at + (word >>> 24)]!
  )
}

/** CRC-32 of the zip format (ISO 3309), 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array): number {
  const begin = Math.min(bytes.length, -bytes.byteOffset & 3)
  const groups = (bytes.length - begin) >> 4
  const aligned = groups > 0 ? bytes.byteOffset + begin : 0
  const words = new Int32Array(bytes.buffer, aligned, groups * 4)
  let crc = ofBytes(-1, bytes, 0, begin)
  for (let at = 0; at < words.length; at += 4)
    crc =
      lookUp(words[at]! ^ crc, 12) ^
      lookUp(words[at + 1]!, 8) ^
      lookUp(words[at + 2]!, 4) ^
      lookUp(words[at + 3]!, 0)
  return ~ofBytes(crc, bytes, begin + groups * 16, bytes.length) >>> 0
}

function ofBytes(crc: number, bytes: Uint8Array, begin: number, end: number): number {
  let remainder = crc
  for (let at = begin; at < end; at++) remainder = (remainder >>> 8) ^ TABLE[(remainder ^ bytes[at]!) & 255]!
  return remainder
}
