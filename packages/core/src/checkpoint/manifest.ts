import { z } from "zod"
import { CheckpointError } from "../contract/errors.js"
import { describeIssue } from "../experiment/issues.js"

const hash = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits")
const size = z.int().min(1).max(65536)
const file = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, "a file name without a folder")

/** manifest.json beside the weights: what made them and how to make the model again. Data only, nothing in it runs. */
export const Manifest = z
  .strictObject({
    format: z.literal(1),
    kind: z.enum(["detector", "generator"]),
    /** name@version of the plugin. */
    plugin: z.string().regex(/^.+@[^@/]+$/, "name@version"),
    contract: z.int(),
    /** Type name within the plugin. */
    type: z.string().min(1),
    options: z.record(z.string(), z.unknown()),
    /** [height, width, channels] */
    inputShape: z.tuple([size, size, size]).readonly(),
    seed: z.number(),
    /** `file` is a file of the same folder. */
    weights: z.strictObject({ file, sha256: hash }),
    /** Further files of the same folder, by the path that the options give to `readFile`. */
    files: z.record(z.string(), z.strictObject({ file, sha256: hash })).optional(),
    /** Generators: sha256 of the weights of the detector they were trained against. */
    detector: hash.optional(),
    training: z
      .strictObject({
        steps: z.int().min(0),
        batchSize: z.int().min(1),
        learningRate: z.number(),
        seconds: z.number().min(0),
        note: z.string().optional(),
      })
      .optional(),
  })
  .refine((manifest) => manifest.kind === "detector" || manifest.detector !== undefined, {
    path: ["detector"],
    message: "the sha256 of the detector that the generator was trained against",
  })
export type Manifest = z.output<typeof Manifest>

/**
 * Checks the content of a manifest.json.
 * @param where how errors call the file
 * @throws CheckpointError "checkpoint-manifest"
 */
export function parseManifest(value: unknown, where = "The manifest"): Manifest {
  const result = Manifest.safeParse(value)
  if (result.success) return result.data
  const { path, found, expected } = describeIssue(result.error, Manifest, value)
  throw new CheckpointError({
    code: "checkpoint-manifest",
    message: `${where} is not a manifest: ${path || "content"}: found ${found}, expected ${expected}.`,
    next: "Use a folder that ifnormal wrote, or train again.",
  })
}
