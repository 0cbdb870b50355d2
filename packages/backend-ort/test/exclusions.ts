/**
 * Specs that pass on tfjs-backend-cpu and cannot pass here, each with the reason. scripts/conformance.mjs fails on one that
 * is missing here, and on one here that passes.
 */
export const exclusions: Readonly<Record<string, string>> = {
  "Switching cpu backends conformance {} Move data from cpu1 to cpu2 backend":
    "tfjs-core defines it only when the backend under test is named cpu",
  "Switching cpu backends conformance {} can execute op with data from mixed backends":
    "tfjs-core defines it only when the backend under test is named cpu",
  // These expectations are not the derivative: central differences (gradients.test.ts) and PyTorch (gradients-torch.test.ts)
  // agree on another one.
  "avgPool conformance {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit":
    "expects the border windows' gradient spread over padding that the average leaves out",
  "mirrorPad conformance {} grad": "expects the gradient of the mirrored border to be dropped",
  "mirrorPad conformance {} gradient with clones":
    "expects the gradient of the mirrored border to be dropped",
}
