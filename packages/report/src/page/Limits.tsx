import { count } from "./format.js"
import { Section } from "./Section.js"
import type { PageData } from "./types.js"

/** When not to believe the pictures above, and what the stamps mean. */
export function Limits({ data }: { data: PageData }) {
  const { explanations } = data
  const limits = explanations?.limits
  const stamp = explanations?.stamps
  return (
    <Section id="limits" title="When not to believe this">
      <div class="prose">
        <p>
          A counterfactual shows what <em>this detector</em> would accept as normal. It is not a statement
          about causes in the world, and no diagnosis.
        </p>
        {explanations?.generators ? <OwnModel heats={explanations.heats !== undefined} /> : <Concepts />}
        <p>
          <b>The detector can be wrong.</b> A counterfactual of an image that it already calls normal explains
          nothing, and a detector that looks at the wrong thing yields counterfactuals that change the wrong
          thing. That is worth knowing, and it is what the pictures are for.
        </p>
        <h3>Stamps</h3>
        <p>
          Every counterfactual is scored again by the detector and checked, in this order; the first check
          that fails names the stamp.
        </p>
        <dl class="stamps">
          <dt>target missed{stamp && <Count n={stamp["target-missed"]} />}</dt>
          <dd>
            Its score is further than {limits ? limits.tolerance : "the tolerance"} from the target. The image
            does not do what it was made for.
          </dd>
          <dt>too far{stamp && <Count n={stamp["too-far"]} />}</dt>
          <dd>
            It differs from the original by more than {limits ? limits.eps.toFixed(3) : "the limit ε"} on
            average per pixel. It may be normal, but it is another image rather than a change of this one.
          </dd>
          <dt>not distinct{stamp && <Count n={stamp["not-distinct"]} />}</dt>
          <dd>
            It is closer than {limits ? limits.epsPrime.toFixed(3) : "the limit ε′"} to{" "}
            {explanations?.generators
              ? "another counterfactual of the same generator"
              : "the counterfactual of another concept"}
            , so the two are one explanation.
          </dd>
          <dt>fragile{stamp && <Count n={stamp.fragile} />}</dt>
          <dd>
            It passed the checks above, but is no longer near the target under a little noise, a little blur
            or a second detector. It is an adversarial look-alike rather than an explanation: it exploits the
            detector instead of showing what is normal.
          </dd>
          <dt>valid{stamp && <Count n={stamp.valid} />}</dt>
          <dd>It passed all checks. That makes it consistent with the detector, not true.</dd>
        </dl>
      </div>
    </Section>
  )
}

const Count = ({ n }: { n: number }) => <span class="muted"> {count(n)}</span>

const Concepts = () => (
  <>
    <p>
      <b>A low AuROC of normal against counterfactual is not enough.</b> It says that the detector cannot tell
      the counterfactuals from normal images. Adversarial noise that no person can see, or one and the same
      normal image for every anomaly, reach that too. Believe it only together with the judge's table, small
      distances and the pictures themselves.
    </p>
    <p>
      <b>Concepts have no names.</b> The generator finds them by itself; concept 1 of one run is not concept 1
      of another. Two concepts can also show the same change, which the stamp “not distinct” reports.
    </p>
  </>
)

const OwnModel = ({ heats }: { heats: boolean }) => (
  <>
    <p>
      <b>A low score is not enough.</b> A search along the detector's gradient can reach it with a pattern
      that no person would call a repair. The stamp “fragile” catches much of that, not all: look at the
      pictures, and at how much of the change lies where the defect is.
    </p>
    <p>
      <b>The generators answer different questions.</b> A search changes this image. The nearest normal image
      is a real one, but another object: what differs besides the defect is not part of the explanation.
    </p>
    {heats && (
      <p>
        <b>Heatmaps show where the score comes from, not what would have to change.</b> Kinds can disagree;
        the scales of two kinds cannot be compared.
      </p>
    )}
  </>
)
