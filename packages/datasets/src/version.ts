import { createRequire } from "node:module"

/** Version of this package, from its package.json (one folder above both src and dist). */
export const { version } = createRequire(import.meta.url)("../package.json") as { version: string }
