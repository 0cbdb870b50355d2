import { count, duration, short } from "./format.js"
import { Missing, Section } from "./Section.js"
import type { Curve, PageData, Training } from "./types.js"

/** Every loss term of both trainings as small multiples. */
export function Curves({ data }: { data: PageData }) {
  return (
    <Section
      id="training"
      title="Training"
      lead="Every loss term over the training steps. Thin: averaged over neighboring steps. Thick: smoothed. Each chart has its own vertical range."
    >
      {(["detector", "generator"] as const).map((model) => {
        const training = data.trainings.find((candidate) => candidate.model === model)
        // A detector of the user's own is explained without a training; what was trained elsewhere is not missing.
        if (!training && data.explanations?.generators) return null
        return training ? (
          <TrainingCurves key={model} training={training} />
        ) : (
          <div key={model}>
            <h3>{model === "detector" ? "Detector" : "Generator"}</h3>
            <Missing
              what={`This run folder has no ${model} log.`}
              command={`npx ifnormal train ${model} --run ${data.folder}`}
            />
          </div>
        )
      })}
    </Section>
  )
}

function TrainingCurves({ training }: { training: Training }) {
  return (
    <>
      <h3>
        {training.model === "detector" ? "Detector" : "Generator"}{" "}
        <span class="muted">
          {count(training.steps)} steps in {duration(training.seconds)}
        </span>
      </h3>
      <div class="multiples">
        {training.curves.map((curve) => (
          <Chart key={curve.term} curve={curve} model={training.model} />
        ))}
      </div>
    </>
  )
}

function Chart({ curve, model }: { curve: Curve; model: string }) {
  const { term, steps, values, smooth } = curve
  const low = Math.min(...smooth, ...values)
  const high = Math.max(...smooth, ...values)
  const range = high - low || 1
  const lastStep = steps.at(-1)! || 1
  const path = (list: readonly number[]) =>
    list
      .map(
        (value, i) =>
          `${i === 0 ? "M" : "L"}${((100 * steps[i]!) / lastStep).toFixed(2)} ${(96 - (92 * (value - low)) / range).toFixed(2)}`,
      )
      .join("")
  const last = smooth.at(-1)!
  return (
    <figure class="multiple">
      <figcaption>
        <span>{term}</span>
        <b>{short(last)}</b>
      </figcaption>
      <svg
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${model} loss term ${term}: ${short(smooth[0]!)} at the start, ${short(last)} at step ${lastStep}`}
      >
        <path class="raw" d={path(values)} />
        <path class="smooth" d={path(smooth)} />
      </svg>
      <div class="range" aria-hidden="true">
        <span>
          {short(low)} to {short(high)}
        </span>
        <span>step {count(lastStep)}</span>
      </div>
    </figure>
  )
}
