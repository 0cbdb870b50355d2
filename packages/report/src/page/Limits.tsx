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
        <p>
          <b>A low AuROC of normal against counterfactual is not enough.</b> It says that the detector cannot
          tell the counterfactuals from normal images. Adversarial noise that no person can see, or one and
          the same normal image for every anomaly, reach that too. Believe it only together with the judge's
          table, small distances and the pictures themselves.
        </p>
        <p>
          <b>Concepts have no names.</b> The generator finds them by itself; concept 1 of one run is not
          concept 1 of another. Two concepts can also show the same change, which the stamp “not distinct”
          reports.
        </p>
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
            It is closer than {limits ? limits.epsPrime.toFixed(3) : "the limit ε′"} to the counterfactual of
            another concept, so the two are one explanation.
          </dd>
          <dt>fragile{stamp && <Count n={stamp.fragile} />}</dt>
          <dd>
            Its score does not survive noise or blur that no person would see, or a second detector does not
            agree. It fools this detector rather than explaining it: an adversarial look-alike.
          </dd>
          <dt>valid{stamp && <Count n={stamp.valid} />}</dt>
          <dd>It passed these checks. That makes it consistent with the detector, not true.</dd>
        </dl>
      </div>
    </Section>
  )
}

const Count = ({ n }: { n: number }) => <span class="muted"> {count(n)}</span>
