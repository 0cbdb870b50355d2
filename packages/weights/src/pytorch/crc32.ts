/** Remainders of a byte that is `lane` bytes before the end of a group of eight ("slicing by 8", Kounavis and Berry 2005). */
const LANES = Array.from({ length: 8 }, () => new Uint32Array(256))

for (let byte = 0; byte < 256; byte++) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1
  LANES[0]![byte] = remainder
}
for (let lane = 1; lane < 8; lane++)
  for (let byte = 0; byte < 256; byte++) {
    const before = LANES[lane - 1]![byte]!
    LANES[lane]![byte] = (before >>> 8) ^ LANES[0]![before & 255]!
  }

/** CRC-32 of the zip format (ISO 3309), 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = LANES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  let crc = -1
  let at = 0
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      t7[crc & 255]! ^
      t6[(crc >>> 8) & 255]! ^
      t5[(crc >>> 16) & 255]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 255]!
  return ~crc >>> 0
}
