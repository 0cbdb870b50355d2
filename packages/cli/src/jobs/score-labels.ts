import { ConfigError, DataError } from "@ifnormal/core"

/** What labels mean without being told, in small letters. */
const NORMAL = ["0", "0.0", "normal", "good", "ok", "nominal", "inlier", "false", "negative"]
const ANOMALY = [
  "1",
  "1.0",
  "anomaly",
  "anomalous",
  "abnormal",
  "defect",
  "defective",
  "bad",
  "outlier",
  "true",
  "positive",
]

/** Which labels the user says are anomalous, or which are normal. */
export interface LabelOptions {
  /** Anomalous; every other one is normal. */
  readonly positive: readonly string[]
  /** Normal; every other one is anomalous. */
  readonly negative: readonly string[]
}

/**
 * Says of each label whether it is anomalous: as the options say, otherwise by its name. Case does not matter.
 * @param labels distinct labels of a file
 * @throws ConfigError "option-conflict", DataError "label-unknown", "label-missing" for an option that no label has
 */
export function anomalous(labels: readonly string[], { positive, negative }: LabelOptions): boolean[] {
  const named = [...positive, ...negative]
  if (positive.length > 0 && negative.length > 0)
    throw new ConfigError({
      code: "option-conflict",
      message:
        "Found --positive and --negative, expected one of them: the other labels are of the other kind.",
      next: "Leave one out.",
    })
  const found = labels.map(plain)
  const absent = named.find((label) => !found.includes(plain(label)))
  if (absent !== undefined)
    throw new DataError({
      code: "label-missing",
      message: `No row has the label ${JSON.stringify(absent)}; the labels are ${list(labels)}.`,
      next: "Name one of them.",
    })
  if (positive.length > 0) return found.map((label) => positive.map(plain).includes(label))
  if (negative.length > 0) return found.map((label) => !negative.map(plain).includes(label))
  const unknown = labels.filter((label) => ![...NORMAL, ...ANOMALY].includes(plain(label)))
  if (unknown.length > 0)
    throw new DataError({
      code: "label-unknown",
      message: `The labels ${list(unknown)} do not say whether they are normal; expected 0 and 1, normal and anomaly, or good and bad.`,
      next: `Say which are anomalous, such as --positive ${JSON.stringify(unknown[0])} (repeatable), or which are normal: --negative good.`,
    })
  return found.map((label) => ANOMALY.includes(label))
}

const plain = (label: string): string => label.trim().toLowerCase()

/** The first twenty in quotes. */
export function list(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => JSON.stringify(name))
  return `${shown.join(", ")}${names.length > 20 ? ` and ${names.length - 20} more` : ""}`
}
