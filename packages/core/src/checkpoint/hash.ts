import { sha256 as digest } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

/** sha256 of the bytes, 64 lower-case hex digits. */
export function sha256(bytes: Uint8Array): string {
  return bytesToHex(digest(bytes))
}
