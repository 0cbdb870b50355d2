import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"

/** SHA-256 of a file that need not fit into memory, in hexadecimal. @throws system errors as they are */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256")
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal })) hash.update(chunk)
  return hash.digest("hex")
}

/** SHA-256 of bytes, in hexadecimal. */
export function sha256OfBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}
