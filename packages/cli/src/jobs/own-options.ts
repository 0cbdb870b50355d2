import { InvalidArgumentError } from "commander"

/** What commander gives for the options of `explain --detector`. */
export interface DetectorOptions {
  /** An ONNX file, or a folder with a trained detector. */
  readonly detector: string
  readonly output?: string
  readonly index?: number
  readonly reduce?: "max" | "mean" | "reconstruction-l2"
  readonly normalize: Normalize
  readonly bgr: boolean
  readonly bound?: BoundChoice
  readonly size?: readonly [height: number, width: number]
  readonly map?: string
  readonly features?: string
}

export type Normalize =
  | "none"
  | { readonly mean: number[]; readonly std: number[] }
  | { readonly scale: number }
export type BoundChoice = "unit" | { readonly threshold: number; readonly scale: number }

/** Channel statistics of ImageNet, RGB, that torchvision's models are trained with. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

/**
 * "none", "imagenet", "255" (values 0..255), or "0.5,0.5,0.5/0.5,0.5,0.5": mean and standard deviation by channel.
 * @throws InvalidArgumentError (a usage error)
 */
export function parseNormalize(text: string): Normalize {
  if (text === "none") return "none"
  if (text === "imagenet") return IMAGENET
  if (text === "255") return { scale: 255 }
  const [mean, std, ...rest] = text.split("/").map(numbers)
  if (!mean || !std || rest.length > 0 || mean.length !== std.length || std.some((value) => value <= 0))
    throw new InvalidArgumentError(
      `Found ${JSON.stringify(text)}, expected none, imagenet, 255, or mean/std by channel such as 0.5,0.5,0.5/0.2,0.2,0.2.`,
    )
  return { mean, std }
}

/**
 * "unit" for scores in [0, 1] already, or "threshold,scale".
 * @throws InvalidArgumentError (a usage error)
 */
export function parseBound(text: string): BoundChoice {
  if (text === "unit") return "unit"
  const [threshold, scale, ...rest] = numbers(text) ?? []
  if (threshold === undefined || scale === undefined || rest.length > 0 || scale <= 0)
    throw new InvalidArgumentError(
      `Found ${JSON.stringify(text)}, expected unit, or threshold,scale such as 0.62,0.1 (the raw score of phi = 0.5, and from there to 0.73).`,
    )
  return { threshold, scale }
}

/**
 * "224" or "256x192", height first.
 * @throws InvalidArgumentError (a usage error)
 */
export function parseSize(text: string): [height: number, width: number] {
  const [, height, width = height] = text.match(/^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?$/) ?? []
  if (!height)
    throw new InvalidArgumentError(
      `Found ${JSON.stringify(text)}, expected a size such as 224, or height x width such as 256x192.`,
    )
  return [Number(height), Number(width)]
}

/** Splits "gradient,nearest" and checks each. */
export function parseList<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) => {
    const names = text.split(",").map((name) => name.trim())
    const wrong = names.find((name) => !(known as readonly string[]).includes(name))
    if (wrong !== undefined)
      throw new InvalidArgumentError(
        `Found ${JSON.stringify(wrong)}, expected some of ${known.join(", ")}, with commas between.`,
      )
    return [...new Set(names)] as T[]
  }
}

function numbers(text: string): number[] | undefined {
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)))
  return values.every(Number.isFinite) ? values : undefined
}
