import {
  type AnomalySplit,
  defaultLimits,
  defaultTolerance,
  type Experiment,
  type StampOptions,
} from "@ifnormal/core"

/** Resolved limits that stamps are made with. */
export type Limits = Required<Pick<StampOptions, "tolerance" | "eps" | "epsPrime">>

/** The limits of the experiment; what it leaves open comes from the normal validation images. */
export async function resolveLimits(
  { explain }: Experiment,
  { validationNormal, trainNormal }: Pick<AnomalySplit, "validationNormal" | "trainNormal">,
): Promise<Limits> {
  const { tolerance = defaultTolerance, eps, epsPrime } = explain
  if (eps !== undefined && epsPrime !== undefined) return { tolerance, eps, epsPrime }
  const found = await defaultLimits(validationNormal.length > 1 ? validationNormal : trainNormal)
  return { tolerance, eps: eps ?? found.eps, epsPrime: epsPrime ?? found.epsPrime }
}
