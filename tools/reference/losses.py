"""Golden values of packages/core: losses, Adam, batch norm and spectral norm as PyTorch computes them.

usage: python tools/reference/losses.py > packages/core/src/objective/golden.json
"""
import json
import math
import sys

import torch
import torch.nn.functional as F


def wave(n, step=0.7, phase=0.3):
    """The same simple inputs on both sides: sin(step i + phase)."""
    return torch.tensor([math.sin(step * i + phase) for i in range(n)], dtype=torch.float32)


def rows(t):
    return [float(f"{v:.7g}") for v in t.detach().flatten().tolist()]


out = {"made_by": "tools/reference/losses.py", "torch": torch.__version__, "python": sys.version.split()[0]}

phi = 0.5 + 0.5 * wave(6)
phi[0], phi[1] = 0.0, 1.0
alpha = torch.tensor([0.0, 1.0, 1.0, 0.0, 0.25, 0.5])
p = phi.clamp(1e-6, 1 - 1e-6)
a = alpha.clamp(1e-6, 1 - 1e-6)
d = 2 * wave(5, 1.1, 0.2)
real = 2 * wave(4, 0.9, 0.5)
x = wave(24, 0.3, 0.1).reshape(2, 2, 2, 3)
y = wave(24, 0.5, 0.4).reshape(2, 2, 2, 3)
logits = wave(6, 1.3, 0.7).reshape(3, 2)
k = torch.tensor([0, 1, 1])
w = torch.tensor([1.0, 0.25, 0.5])
ce = F.cross_entropy(logits, k, reduction="none")
out["losses"] = {
    "score_bce": F.binary_cross_entropy(p, alpha).item(),
    "score_l2": F.mse_loss(phi, alpha).item(),
    "score_kl": (F.binary_cross_entropy(p, alpha) - F.binary_cross_entropy(a, alpha)).item(),
    "generator_paper": F.relu(1 - d).mean().item(),
    "generator_standard": (-d.mean()).item(),
    "discriminator": (F.relu(1 - real).mean() + F.relu(1 + d).mean()).item(),
    "reconstruction": F.l1_loss(x, y).item(),
    "concept": ce.mean().item(),
    "concept_weighted": (ce * w).mean().item(),
    "detector_bce": F.binary_cross_entropy_with_logits(
        4 * wave(5), torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0])
    ).item(),
}

for name, betas in {"adam": (0.9, 0.999), "adam_gan": (0.0, 0.9)}.items():
    q = torch.nn.Parameter(wave(5))
    optimizer = torch.optim.Adam([q], 1e-2, betas)
    for step in range(3):
        q.grad = wave(5, 0.4, step)
        optimizer.step()
    out[name] = rows(q)

n, h, c = 3, 2, 4
x = wave(n * h * h * c, 0.37, 0.2).reshape(n, h, h, c)
gamma = 1 + 0.5 * wave(n * c, 0.9, 0.1).reshape(n, c)
beta = 0.3 * wave(n * c, 0.8, 0.6).reshape(n, c)
dy = wave(n * h * h * c, 0.21, 0.9).reshape(n, h, h, c)
bn = torch.nn.BatchNorm2d(c, affine=False)
for t in (x, gamma, beta):
    t.requires_grad_(True)
value = bn(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) * gamma[:, None, None] + beta[:, None, None]
(value * dy).sum().backward()
out["conditional_batch_norm"] = {
    "value": rows(value), "dx": rows(x.grad), "dscale": rows(gamma.grad), "dshift": rows(beta.grad),
    "running_mean": rows(bn.running_mean), "running_var": rows(bn.running_var),
}
x = wave(10 * 4, 0.37, 0.2).reshape(10, 4).requires_grad_(True)
dy = wave(40, 0.21, 0.9).reshape(10, 4)
bn = torch.nn.BatchNorm1d(4, eps=1e-4)
bn.weight.data = 1 + 0.5 * wave(4)
bn.bias.data = wave(4, 0.5)
value = bn(x)
(value * dy).sum().backward()
out["batch_norm"] = {
    "value": rows(value), "dx": rows(x.grad), "dscale": rows(bn.weight.grad), "dshift": rows(bn.bias.grad),
    "running_mean": rows(bn.running_mean), "running_var": rows(bn.running_var),
    "evaluate": rows(bn.eval()(x)),
}

weight = wave(3 * 3 * 2 * 4, 0.63, 0.2).reshape(18, 4)
out["spectral_norm"] = {"sigma": torch.linalg.svdvals(weight)[0].item()}

print(json.dumps(out, indent=1))
