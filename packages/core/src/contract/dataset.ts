import type { ImageSource } from "./images.js"

/** A named collection of labelled images with a training and a test part. */
export interface Dataset {
  readonly name: string
  readonly classNames: readonly string[]
  /** Licence and origin of the pictures, one sentence. */
  readonly license: string
  train(): Promise<ImageSource>
  test(): Promise<ImageSource>
}

/** A class name, or attributes that must all match: "one", { color: "cyan" }. A list of selectors means any of them. */
export type ClassSelector = string | Readonly<Record<string, string>>

/** Which classes are normal, which are test anomalies, and what serves as outlier exposure. */
export interface AnomalySetup {
  readonly normal: readonly ClassSelector[]
  /** Default: everything that is not normal. */
  readonly anomalies?: readonly ClassSelector[]
  readonly outlierExposure?: Dataset
  /** Anomalies of the training part that a detector learns from as such; paper section 5.3. Default: none. */
  readonly labelledAnomalies?: readonly ClassSelector[]
}

/** What a setup makes of a data set. Validation images are cut off the training part, test images are never touched. */
export interface AnomalySplit {
  readonly trainNormal: ImageSource
  readonly outliers?: ImageSource
  /** What a detector is trained on instead of `outliers`, where the setup names some. A generator is not. */
  readonly labelledAnomalies?: ImageSource
  readonly validationNormal: ImageSource
  readonly validationAnomalies: ImageSource
  readonly testNormal: ImageSource
  readonly testAnomalies: ImageSource
}
