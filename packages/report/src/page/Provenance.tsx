import type { ComponentChildren } from "preact"
import { count } from "./format.js"
import { Missing, Section } from "./Section.js"
import type { PageData } from "./types.js"

/** Where the numbers come from and how to make them again. */
export function Provenance({ data }: { data: PageData }) {
  const { run } = data
  return (
    <Section id="provenance" title="Provenance">
      {run ? (
        <>
          <p class="lead">This command makes the run again:</p>
          <pre class="command">{run.command}</pre>
          <dl class="facts">
            <Fact name="Run">{run.name}</Fact>
            <Fact name="Date">
              <time dateTime={run.date}>{run.date}</time>
            </Fact>
            <Fact name="Seed">{run.seed}</Fact>
            <Fact name="Normal is">{run.normal}</Fact>
            <Fact name="Engine">
              {run.backend.name}
              {run.backend.version && ` ${run.backend.version}`}
              {run.backend.threads !== undefined && `, ${run.backend.threads} threads`}
            </Fact>
            <Fact name="Machine">
              {run.machine.cpu}, {run.machine.cores} cores, {Math.round(run.machine.memoryGiB)} GiB,{" "}
              {run.machine.platform}
            </Fact>
            <Fact name="Versions">{list(run.versions)}</Fact>
            <Fact name="Data">{run.dataset.name}</Fact>
            <Fact name="Data license">{run.dataset.license}</Fact>
            <Fact name="Images">{list(run.counts, count)}</Fact>
          </dl>
          <details>
            <summary>SHA-256 of weights and data files</summary>
            <dl class="facts hashes">
              {Object.entries({ ...run.weights, ...run.dataset.files }).map(
                ([name, hash]) =>
                  hash && (
                    <Fact key={name} name={name}>
                      <code>{hash}</code>
                    </Fact>
                  ),
              )}
            </dl>
          </details>
        </>
      ) : (
        <Missing
          what="This folder has no run.json."
          command={
            data.explanations?.generators
              ? "npx ifnormal explain --detector model.onnx --normal good/ bad/"
              : `npx ifnormal evaluate ${data.folder}`
          }
        />
      )}
      {data.experiment !== undefined && (
        <details>
          <summary>Configuration (experiment.json)</summary>
          <pre>{JSON.stringify(data.experiment, null, 2)}</pre>
        </details>
      )}
    </Section>
  )
}

const Fact = (props: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{props.name}</dt>
    <dd>{props.children}</dd>
  </div>
)

const list = <T extends string | number>(
  values: Readonly<Record<string, T>>,
  show: (value: T) => string = String,
) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${show(value)}`)
    .join(", ")
