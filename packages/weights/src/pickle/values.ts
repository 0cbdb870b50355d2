/** A tuple; a list is an array. */
export class Tuple {
  constructor(readonly items: readonly unknown[]) {}
}

/**
 * A Python name that a reader knows. Nothing of Python runs: what the file "calls" is a function of ours that makes a
 * plain value from the arguments.
 */
export class Global {
  constructor(
    readonly name: string,
    /** Makes the value that Python's call would have made. Absent: the name is a value, not something to call. */
    readonly make?: (args: readonly unknown[]) => unknown,
  ) {}
}

/** Whole numbers of a pickle that fit a number exactly. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}
