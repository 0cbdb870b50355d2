import { sha256 } from "@ifnormal/core"
import { CATALOG } from "@ifnormal/weights"

/** sha256 of a file by the platform where it has one: VGG's 528 MB take JavaScript ten seconds. Hexadecimal. */
export async function digestOf(file: Uint8Array): Promise<string> {
  const { subtle } = globalThis.crypto
  if (!subtle) return sha256(file)
  const hash = new Uint8Array(await subtle.digest("SHA-256", file as Uint8Array<ArrayBuffer>))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** Whether a digest is that of the published weights `name` of the catalogue, all 64 digits of it. */
export function isPublished(name: string, digest: string): boolean {
  return CATALOG.some((entry) => entry.name === name && entry.sha256 === digest)
}
