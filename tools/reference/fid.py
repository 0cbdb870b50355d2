"""Golden values of FID, KID, precision, recall, density and coverage from the same features, by torch-fidelity,
pytorch-fid, torchmetrics and prdc, and of the linear algebra behind them by numpy.

    pip install torch torch-fidelity pytorch-fid torchmetrics prdc numpy scipy
    python tools/reference/fid.py > packages/metrics/src/fid/__golden__/fid.json

Features come from a formula that packages/metrics/src/fid/golden-features.ts repeats: a linear congruential generator,
a spectrum that falls with the dimension, and float32. torch-fidelity's FID gets them in float32, as its extractor gives
them; KID and precision in float64, because in float32 their own rounding is larger than 1e-6.
"""

import contextlib
import io
import json
import platform
from importlib import metadata

import numpy as np
import torch
from prdc import compute_prdc
from pytorch_fid.fid_score import calculate_frechet_distance
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from torchmetrics.image.fid import FrechetInceptionDistance


def features(seed, n, d, shift=0.0, rank=None, dead=0, constant=False):
    """[n, d] float32: see golden-features.ts."""
    state = seed
    latent = np.zeros((n, rank or d))
    for i in range(n):
        for j in range(latent.shape[1]):
            total = 0.0
            for _ in range(3):
                state = (1664525 * state + 1013904223) % 2**32
                total += state / 2**32
            latent[i, j] = total - 1.5
    if constant:
        latent[:] = latent[0]
    result = np.zeros((n, d))
    for j in range(d - dead):
        scale = 4 / ((1 + j / 8) * (1 + j / 8))
        result[:, j] = latent[:, j % latent.shape[1]] * scale + (shift if j % 2 == 0 else 0.5)
    return result.astype(np.float32)


class Identity(torch.nn.Module):
    def __init__(self, d):
        super().__init__()
        self.num_features = d

    def forward(self, x):
        return x


def fid(a, b):
    """The three libraries, and the definition by singular values in float64."""
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    statistics = [fid_features_to_statistics(torch.from_numpy(v)) for v in (a, b)]
    log = io.StringIO()
    with contextlib.redirect_stdout(log):
        pytorch_fid = calculate_frechet_distance(
            a64.mean(0), np.cov(a64, rowvar=False), b64.mean(0), np.cov(b64, rowvar=False)
        )
    assert "singular product" not in log.getvalue(), "pytorch-fid added its eps: record it"
    metric = FrechetInceptionDistance(feature=Identity(a.shape[1]), input_img_size=(1, a.shape[1]))
    for start in range(0, len(a), 50):
        metric.update(torch.from_numpy(a64[start : start + 50]), real=False)
    for start in range(0, len(b), 50):
        metric.update(torch.from_numpy(b64[start : start + 50]), real=True)
    centered = [(v - v.mean(0)) / np.sqrt(len(v) - 1) for v in (a64, b64)]
    means = a64.mean(0) - b64.mean(0)
    root = np.linalg.svd(centered[0] @ centered[1].T, compute_uv=False).sum()
    return {
        "torch-fidelity": fid_statistics_to_metric(*statistics, False)["frechet_inception_distance"],
        "pytorch-fid": float(pytorch_fid),
        "torchmetrics-antialias": float(metric.compute()),
        "definition": float(means @ means + (centered[0] ** 2).sum() + (centered[1] ** 2).sum() - 2 * root),
    }


def kid(a, b, subsets, size):
    a, b = [torch.from_numpy(v.astype(np.float64)) for v in (a, b)]
    result = kid_features_to_metric(
        a, b, kid_subsets=subsets, kid_subset_size=size, verbose=False, rng_seed=2020,
        kid_kernel="poly", kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1,
    )  # fmt: skip
    return {
        "subsets": subsets,
        "subsetSize": size,
        "value": result["kernel_inception_distance_mean"],
        "std": result["kernel_inception_distance_std"],
    }


def neighbors(generated, real):
    a, b = [torch.from_numpy(v.astype(np.float64)) for v in (generated, real)]
    result = prc_features_to_metric(
        a, b, prc_neighborhood=3, prc_batch_size=10000, save_cpu_ram=False, verbose=False
    )
    with contextlib.redirect_stdout(io.StringIO()):
        five = compute_prdc(real.astype(np.float64), generated.astype(np.float64), nearest_k=5)
    return {
        "precision": result["precision"],
        "recall": result["recall"],
        "density": float(five["density"]),
        "coverage": float(five["coverage"]),
    }


def case(name, a, b, kids=(), near=True):
    x, y = features(**a), features(**b)
    row = {"name": name, "a": a, "b": b, "fid": fid(x, y), "kid": [kid(x, y, *k) for k in kids]}
    if near:
        row["neighbors"] = neighbors(x, y)
    return row


constant = {"n": 5, "d": 16, "constant": True}
cases = [
    case("d 8", dict(seed=1, n=400, d=8), dict(seed=2, n=300, d=8, shift=0.3), [(10, 100), (3, 300)]),
    case("d 64", dict(seed=3, n=500, d=64), dict(seed=4, n=500, d=64, shift=0.1), [(1, 500), (20, 200)]),
    case("d 64, one set with n < d", dict(seed=5, n=300, d=64), dict(seed=6, n=40, d=64, shift=0.1), [(5, 40)]),
    case("n < d", dict(seed=7, n=100, d=256), dict(seed=8, n=120, d=256, shift=0.2), [(7, 100)]),
    case("n = 2", dict(seed=9, n=2, d=8), dict(seed=10, n=2, d=8), [(1, 2)], near=False),
    case("rank 6 of 32", dict(seed=11, n=200, d=32, rank=6), dict(seed=12, n=150, d=32, rank=6, shift=0.2), [(1, 150)]),
    case("rank 6 against 32", dict(seed=13, n=200, d=32, rank=6), dict(seed=14, n=200, d=32), [(1, 200)]),
    case("9 dimensions constant", dict(seed=15, n=90, d=32, dead=9), dict(seed=16, n=70, d=32, dead=9), [(1, 70)]),
    case("identical, n > d", dict(seed=17, n=90, d=32), dict(seed=17, n=90, d=32), [(1, 90)], near=False),
    case("identical, n < d", dict(seed=18, n=20, d=32), dict(seed=18, n=20, d=32), [(1, 20)], near=False),
    case("constant images, equal", dict(seed=19, **constant), dict(seed=19, **constant), [(1, 5)], near=False),
    case("constant images, different", dict(seed=19, **constant), dict(seed=20, **constant), [(1, 5)], near=False),
    case("constant against others", dict(seed=21, **constant), dict(seed=22, n=50, d=16), [(4, 5)], near=False),
]

spread = features(seed=30, n=1000, d=8).astype(np.float64) + 1000.0
spread = spread.astype(np.float32).astype(np.float64)
square = features(seed=31, n=40, d=40).astype(np.float64)
random = np.random.RandomState(2020)
print(
    json.dumps(
        {
            "command": "python tools/reference/fid.py",
            "versions": {
                name: metadata.version(name)
                for name in ["torch-fidelity", "pytorch-fid", "torchmetrics", "prdc", "torch", "numpy", "scipy"]
            }
            | {"python": platform.python_version()},
            "cases": cases,
            "covariance": {
                "features": dict(seed=30, n=1000, d=8),
                "plus": 1000,
                "mean": spread.mean(0).tolist(),
                "covariance": np.cov(spread, rowvar=False).ravel().tolist(),
            },
            "matrix": {
                "features": dict(seed=31, n=40, d=40),
                "eigenvalues of A + A^T": np.linalg.eigvalsh(square + square.T).tolist(),
                "singular values of A": np.linalg.svd(square, compute_uv=False).tolist(),
            },
            "choices": [
                {"n": n, "size": size, "drawn": random.choice(n, size, replace=False).tolist()}
                for n, size in [(10, 10), (1000, 12), (7, 3)]
            ],
        },
        indent=1,
    )
)
