"""Golden values of packages/detectors: losses, scores, center rules and heatmaps as PyTorch computes them.

usage: python tools/reference/detectors.py > packages/detectors/src/detectors.golden.json
Written from the formulas in the authors' papers and of eoe and fcdd; float64, with the largest relative difference of
float32 beside it. Inputs are written as float32, so that both sides start from the same numbers.
"""
import json
import math
import sys

import torch
import torch.nn.functional as F


def inputs(dtype):
    f = torch.tensor(
        [
            [0.0, 0.0, 0.0],
            [1e-7, 0.0, 0.0],
            [1e-3, -1e-3, 2e-3],
            [0.5, -0.25, 1.0],
            [3.0, 4.0, -2.0],
            [30.0, -40.0, 0.0],
            [300.0, 500.0, 10.0],
            [1e9, -1e9, 3.0],
            [1e18, 0.0, 1e17],
        ],
        dtype=torch.float32,
    )
    return f.to(dtype)


def gradient(value, x):
    (g,) = torch.autograd.grad(value, x)
    return g


def hsc(f, epsilon):
    """eoe: h, score, and the loss of each row as normal and as outlier, with gradients of the outlier's."""
    f = f.clone().requires_grad_()
    r = (f**2).sum(1)
    h = torch.sqrt(r + 1) - 1
    # The same functions without cancellation, which float64 needs for the smallest rows.
    stable = r / (torch.sqrt(r + 1) + 1)
    score = -torch.expm1(-stable)
    cost = -torch.log(score + epsilon)
    g = gradient(cost.sum(), f)
    return {"h": stable, "plainH": h, "score": score, "outlier": cost, "outlierGradient": g}


def exact(f):
    """-log(1 - exp(-h)) for rows other than 0."""
    f = f[1:].clone().requires_grad_()
    r = (f**2).sum(1)
    h = r / (torch.sqrt(r + 1) + 1)
    near = -torch.log(-torch.expm1(-h.clamp(max=1)))
    far = -torch.log1p(-torch.exp(-h.clamp(min=0.5)))
    cost = torch.where(h < math.log(2), near, far)
    return {"outlier": cost, "outlierGradient": gradient(cost.sum(), f)}


def bce(dtype):
    logits = torch.tensor([0, 2, -3, 16, -16, 40, -90, 500, -500], dtype=dtype, requires_grad=True)
    target = torch.tensor([0, 1, 1, 0, 1, 1, 0, 0, 1], dtype=dtype)
    loss = F.binary_cross_entropy_with_logits(logits, target)
    return {"logits": logits, "target": target, "loss": loss, "gradient": gradient(loss, logits), "score": torch.sigmoid(logits)}


def center(dtype):
    """eoe's rule on features of a fixed batch norm network in train mode: three batches, the last one smaller."""
    features = torch.tensor(
        [[0.5, 0.02, -0.03, 0.0, -2], [0.7, 0.04, -0.05, 0.0, -1], [0.9, 0.06, -0.01, 0.0, 3], [-0.1, 0.0, -0.2, 0.0, 1],
         [4.0, 0.3, 0.0, 0.0, -0.2]],
        dtype=torch.float32,
    ).to(dtype)
    means = torch.stack([batch.mean(0) for batch in features.split(2)])
    c = means.mean(0)
    c[(c.abs() < 0.1) & (c < 0)] = -0.1
    c[(c.abs() < 0.1) & (c > 0)] = 0.1
    distance = (features - c).pow(2).sum(1)
    return {"features": features, "batch": torch.tensor(2), "center": c, "distance": distance, "loss": distance.mean()}


def bounds(dtype):
    d = torch.tensor([0, 1e-12, 1e-6, 0.01, 1, 2.5, 100, 1e5, 1e12, 1e30], dtype=torch.float32).to(dtype)
    scale = torch.tensor(0.75, dtype=dtype)
    h = d / (torch.sqrt(d + 1) + 1)
    return {"squared": d, "scale": scale, "rational": 1 / (1 + (scale / d) ** 2), "exponential": -torch.expm1(-h / scale)}


def kernel(size, deviation, dtype):
    n = size if size % 2 else size - 1
    x = torch.arange(n, dtype=dtype) - (n - 1) / 2
    line = torch.exp(-0.5 * (x / deviation) ** 2)
    if size % 2 == 0:
        middle = (size - 1) // 2
        line = torch.cat([line[:middle], line[middle : middle + 1], line[middle:]]) / 2
    return torch.outer(line, line)


def heatmap(image, cells, size, jump, start, dtype):
    """fcdd's receptive upsampling of one map."""
    deviation = math.log10(0.45 * size + 1) + 0.25 if size < 20 else 10
    a = torch.arange(cells * cells, dtype=dtype).reshape(1, 1, cells, cells)
    a = (a * 0.7).sin() ** 2
    odd = (size - 1) % 2
    extra = image - (cells - 1) * jump - 1 - odd
    out = F.conv_transpose2d(F.pad(a, (0, 1, 0, 1)) if extra >= jump else a, kernel(size, deviation, dtype)[None, None],
                             stride=jump, output_padding=extra % jump)
    pad, s = (size - 1) // 2, int(start)
    out = out[0, 0, pad - s : pad - s + image, pad - s : pad - s + image]
    return {"cells": a.flatten(), "map": out.flatten()}


def fcdd(dtype):
    z = torch.tensor([[0, 0, 0, 0], [1, -2, 0.5, 0], [30, 40, -50, 10], [1e-4, 0, 0, 0]], dtype=torch.float32).to(dtype)
    z.requires_grad_()
    cells = z**2 / (torch.sqrt(z**2 + 1) + 1)
    h = cells.mean(1)
    cost = -torch.log(-torch.expm1(-h) + 1e-31)
    return {"z": z, "raw": h, "outlier": cost, "gradient": gradient(cost[1:].sum(), z)}


def build(dtype):
    f = inputs(dtype)
    return {
        "bce": bce(dtype),
        "features": f,
        "hsc": {**hsc(f, 1e-9)},
        "hscExact": exact(f),
        "center": center(dtype),
        "bounds": bounds(dtype),
        "fcdd": fcdd(dtype),
        "heatmap28": heatmap(28, 7, 16, 4, 1.5, dtype),
        "heatmap32": heatmap(32, 8, 32, 4, 1.5, dtype),
    }


def plain(value):
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    value = value.detach().double()
    return [float(f"{v:.12g}") for v in value.flatten().tolist()] if value.dim() else float(f"{value.item():.12g}")


def difference(a, b):
    if isinstance(a, dict):
        return {key: difference(a[key], b[key]) for key in a}
    a, b = a.detach().double(), b.detach().double()
    worst = ((a - b).abs() / b.abs().clamp(min=1)).max().item()
    return float(f"{worst:.3g}") if math.isfinite(worst) else "not finite"


wide, narrow = build(torch.float64), build(torch.float32)
json.dump(
    {
        "made_by": "tools/reference/detectors.py",
        "torch": torch.__version__,
        "python": sys.version.split()[0],
        **plain(wide),
        "float32": difference(narrow, wide),
    },
    sys.stdout,
    indent=1,
)
print()
