import type { AnomalySetup, AnomalySplit, ClassSelector, Dataset } from "../contract/dataset.js"
import { ConfigError, DataError, ShapeError } from "../contract/errors.js"
import type { ImageSource } from "../contract/images.js"
import { didYouMean } from "../experiment/nearest.js"
import { stream } from "../random.js"
import { subset } from "./source.js"

/** One selector is normal, everything else is anomalous. */
export function oneVsRest(normal: ClassSelector, outlierExposure?: Dataset): AnomalySetup {
  return { normal: [normal], ...(outlierExposure && { outlierExposure }) }
}

export interface SplitOptions {
  readonly seed: number
  /** Images cut off the training part, chosen by seed. Default 5000 (our choice). */
  readonly validation?: number
}

/**
 * Divides a data set by a setup. Validation images come from the training part, never from the test part. An image that
 * a normal and an anomaly selector both match is normal, also among the labelled anomalies, which come from what is left
 * of the training part. A selector's attributes must all match; its key "class" stands for the class name.
 * @throws ConfigError "config-invalid" for an unknown class, attribute or value (with the nearest known one) or a
 * validation part as large as the training part; DataError "data-empty" when a part has no image, "data-exposure-overlap"
 * when outlier exposure shows classes of the test part; ShapeError "shape-source" when its images have another shape.
 */
export async function splitAnomalies(
  dataset: Dataset,
  setup: AnomalySetup,
  { seed, validation = 5000 }: SplitOptions,
): Promise<AnomalySplit> {
  if (setup.normal.length === 0) throw invalid("setup.normal is empty, expected at least one class")
  const [train, test] = await Promise.all([dataset.train(), dataset.test()])
  if (!Number.isInteger(validation) || validation < 0 || validation >= train.length)
    throw invalid(
      `setup.validation found as ${validation}, expected a whole number from 0 to ${train.length - 1}, below the number of training images`,
    )
  const outliers = await exposure(dataset, setup, train, test)

  const order = shuffled(train.length, seed)
  const held = divide(dataset, train, setup, order.slice(0, validation).sort())
  const keptRows = order.slice(validation).sort()
  const kept = divide(dataset, train, setup, keptRows)
  const labelled =
    setup.labelledAnomalies && labelledRows(dataset, train, setup, setup.labelledAnomalies, keptRows)
  const tested = divide(
    dataset,
    test,
    setup,
    Int32Array.from({ length: test.length }, (_, i) => i),
  )
  refuseEmpty("training part", "normal", kept.normal)
  if (labelled) refuseEmpty("training part", "labelled anomalous", labelled)
  refuseEmpty("test part", "normal", tested.normal)
  refuseEmpty("test part", "anomalous", tested.anomalies)
  if (validation > 0) {
    refuseEmpty("validation part", "normal", held.normal)
    refuseEmpty("validation part", "anomalous", held.anomalies)
  }
  return {
    trainNormal: subset(train, kept.normal),
    ...(outliers && { outliers }),
    ...(labelled && { labelledAnomalies: subset(train, labelled) }),
    validationNormal: subset(train, held.normal),
    validationAnomalies: subset(train, held.anomalies),
    testNormal: subset(test, tested.normal),
    testAnomalies: subset(test, tested.anomalies),
  }
}

function divide(
  dataset: Dataset,
  source: ImageSource,
  setup: AnomalySetup,
  rows: Int32Array,
): { normal: number[]; anomalies: number[] } {
  const isNormal = matcher(dataset, source, setup.normal, "setup.normal")
  const isAnomaly = setup.anomalies && matcher(dataset, source, setup.anomalies, "setup.anomalies")
  const normal: number[] = []
  const anomalies: number[] = []
  for (const row of rows)
    if (isNormal(row)) normal.push(row)
    else if (!isAnomaly || isAnomaly(row)) anomalies.push(row)
  return { normal, anomalies }
}

/** Rows that `labelled` selects and that are not normal. */
function labelledRows(
  dataset: Dataset,
  source: ImageSource,
  setup: AnomalySetup,
  labelled: readonly ClassSelector[],
  rows: Int32Array,
): number[] {
  const isNormal = matcher(dataset, source, setup.normal, "setup.normal")
  const isLabelled = matcher(dataset, source, labelled, "setup.labelledAnomalies")
  return [...rows].filter((row) => isLabelled(row) && !isNormal(row))
}

/** Whether any selector matches an image. */
function matcher(
  dataset: Dataset,
  source: ImageSource,
  selectors: readonly ClassSelector[],
  where: string,
): (row: number) => boolean {
  const each = selectors.map((selector) => {
    const wanted = Object.entries(typeof selector === "string" ? { class: selector } : selector)
    if (wanted.length === 0) throw invalid(`${where} has an empty selector, expected a class or an attribute`)
    const columns = wanted.map(([key, value]) => column(dataset, source, key, value, where))
    return (row: number) => columns.every(({ values, index }) => values[row] === index)
  })
  return (row) => each.some((matches) => matches(row))
}

/** The values in which a selector's key is looked up, and the index that it asks for. */
function column(dataset: Dataset, source: ImageSource, key: string, value: string, where: string) {
  const attributes = source.attributes ?? {}
  if (Object.hasOwn(attributes, key)) {
    const names = source.attributeNames?.[key] ?? []
    return { values: attributes[key] as Int32Array, index: position(`${key}`, value, names, where) }
  }
  if (key === "class")
    return { values: source.labels, index: position("class", value, dataset.classNames, where) }
  const known = ["class", ...Object.keys(attributes)]
  throw invalid(
    `${where}: ${dataset.name} has no attribute "${key}".${didYouMean(key, known)} Expected one of ${known.join(", ")}`,
  )
}

function position(what: string, value: string, known: readonly string[], where: string): number {
  const index = known.indexOf(value)
  if (index >= 0) return index
  throw invalid(
    `${where}: unknown ${what} "${value}".${didYouMean(value, known)} Expected one of ${known.join(", ")}`,
  )
}

async function exposure(
  dataset: Dataset,
  setup: AnomalySetup,
  train: ImageSource,
  test: ImageSource,
): Promise<ImageSource | undefined> {
  const other = setup.outlierExposure
  if (!other) return undefined
  const source = await other.train()
  if (source.shape.join() !== train.shape.join())
    throw new ShapeError({
      code: "shape-source",
      message: `Outlier exposure ${other.name} has images of [${source.shape.join(", ")}], expected [${train.shape.join(", ")}] as ${dataset.name}.`,
      next: "Convert one of the two to the shape of the other.",
    })
  refuseEmpty("outlier exposure", "training", source.labels)
  if (other.name === dataset.name) {
    const shown = new Set(Array.from(source.labels, (label) => other.classNames[label]))
    const tested = new Set(Array.from(test.labels, (label) => dataset.classNames[label]))
    const both = [...shown].filter((name) => tested.has(name))
    if (both.length > 0)
      throw new DataError({
        code: "data-exposure-overlap",
        message: `Outlier exposure shows ${both.join(", ")} of ${dataset.name}, which are test classes; expected other classes.`,
        next: "Use another data set, or classes that the test part does not have, as outlier exposure.",
      })
  }
  return source
}

/** 0..n-1 in an order that depends on the seed only (Fisher-Yates). */
function shuffled(n: number, seed: number): Int32Array {
  const random = stream(seed, "validation")
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = random.int(i + 1)
    const swapped = order[i] as number
    order[i] = order[j] as number
    order[j] = swapped
  }
  return order
}

function refuseEmpty(part: string, what: string, images: ArrayLike<number>): void {
  if (images.length > 0) return
  throw new DataError({
    code: "data-empty",
    message: `The ${part} has no ${what} images, expected at least one.`,
    next: "Change the setup's classes or the size of the validation part.",
  })
}

function invalid(message: string): ConfigError {
  return new ConfigError({
    code: "config-invalid",
    message: `${message}.`,
    next: "Correct the setup of the experiment.",
  })
}
