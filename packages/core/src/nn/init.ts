import { normals, type RandomStream } from "../random.js"

/** First values of a variable: `size` numbers. */
export type Initializer = (size: number, random: RandomStream) => Float32Array

/** All values the same. */
export const constant =
  (value: number): Initializer =>
  (size) =>
    new Float32Array(size).fill(value)

/** Normal with mean 0. */
export const normal =
  (deviation: number): Initializer =>
  (size, random) =>
    normals(random, size).map((value) => value * deviation)

/** Uniform in [-limit, limit). */
export const uniform =
  (limit: number): Initializer =>
  (size, random) =>
    Float32Array.from({ length: size }, () => (2 * random.uniform() - 1) * limit)

/**
 * PyTorch's default for convolutions and linear layers, weight and bias alike: Kaiming uniform with a = sqrt(5), that
 * is uniform in +-1 / sqrt(fanIn). What the trial, and in effect eoe, trained with.
 */
export const kaimingUniform = (fanIn: number): Initializer => uniform(1 / Math.sqrt(fanIn))
