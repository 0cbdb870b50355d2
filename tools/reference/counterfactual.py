"""Golden values of the counterfactual metrics, from the libraries that define them.

  python tools/reference/counterfactual.py packages/metrics/src/counterfactual/__golden__/counterfactual.json

numpy: distances, changed area, quantiles; scipy: correlations, entropy, Jensen-Shannon distance; scikit-learn: nearest
neighbors. Images are bytes, so that both sides see the same numbers.
"""

import itertools
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, pearsonr, spearmanr
from sklearn.neighbors import NearestNeighbors

N, K, H, W, C = 10, 2, 6, 5, 3
rng = np.random.default_rng(7)


def images(n):
    return rng.integers(0, 256, (n, H, W, C))


def unit(bytes_):
    return bytes_.astype(np.float64) / 255


normal, originals = images(9), images(N)
# Counterfactuals move towards a normal image, the second concept of some images hardly differs from the first.
counterfactuals = np.stack([(originals + 3 * normal[np.arange(N) % 9]) // 4, (3 * originals + images(N)) // 4], 1)
counterfactuals[:3, 1] = counterfactuals[:3, 0]
counterfactuals[:3, 1, 0, 0, 0] ^= 8
perturbed = np.clip(counterfactuals[None] + rng.integers(-3, 4, (2, N, K, H, W, C)), 0, 255)
masks = (rng.random((N, H, W)) < 0.3).astype(int)
maps, original_maps = (rng.integers(0, 1024, (N, K, H, W)) / 1024, rng.integers(0, 1024, (N, H, W)) / 1024)
normal_phi, original_phi = rng.integers(0, 96, 9) / 128, rng.integers(32, 128, N) / 128
phi, perturbed_phi = rng.integers(0, 128, (N, K)) / 128, rng.integers(0, 128, (2, N, K)) / 128
scores, seconds = rng.normal(size=(N, K)).round(6), rng.random((N, K)).round(6)
alphas = np.array([0, 0.25, 0.5, 0.75, 1])
sweep_alpha = np.repeat(alphas, N)
# Multiples of 1/16 tie often.
sweep_phi = np.clip(np.round(16 * (sweep_alpha + rng.normal(0, 0.3, 5 * N))) / 16, 0, 1)

x, ce, near, noisy = unit(originals), unit(counterfactuals), unit(normal), unit(perturbed)
d = ce - x[:, None]
energy = (d**2).sum(-1)
bad = (original_maps > np.quantile(original_maps.reshape(N, -1), 0.9, axis=1)[:, None, None]).astype(float)


def ar_pro(region):
    good, change = 1 - region, maps - original_maps[:, None]
    return [
        scores.mean(),
        np.sqrt((energy * good[:, None]).sum((-1, -2))).mean(),
        (region[:, None] * change).mean(),
        (good[:, None] * change).mean(),
    ]


def bernoulli(p):
    return np.stack([1 - p, p], -1)


rms = lambda a: np.sqrt((a**2).mean((-1, -2, -3)))
apart, changed = ce[:, 0] - ce[:, 1], rms(d).mean(1)
reference = np.concatenate([near, x]).reshape(9 + N, -1)
labels = np.concatenate([normal_phi, original_phi]) < 0.5
queries = ce.reshape(N * K, -1)
found = NearestNeighbors(n_neighbors=5).fit(reference).kneighbors(queries, return_distance=False)
first, _ = NearestNeighbors(n_neighbors=1).fit(near.reshape(9, -1)).kneighbors(queries)
flips = [(original_phi[i], phi[i, k]) for i, k in itertools.product(range(N), range(K)) if original_phi[i] >= 0.5]

golden = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    "shape": [H, W, C],
    "inputs": {
        "normal": normal.ravel().tolist(),
        "originals": originals.ravel().tolist(),
        "counterfactuals": counterfactuals.transpose(1, 0, 2, 3, 4).ravel().tolist(),
        "perturbed": [p.transpose(1, 0, 2, 3, 4).ravel().tolist() for p in perturbed],
        "masks": masks.ravel().tolist(),
        "maps": maps.transpose(1, 0, 2, 3).ravel().tolist(),
        "originalMaps": original_maps.ravel().tolist(),
        "normalPhi": normal_phi.tolist(),
        "originalPhi": original_phi.tolist(),
        "phi": phi.T.ravel().tolist(),
        "perturbedPhi": [p.T.ravel().tolist() for p in perturbed_phi],
        "scores": scores.T.ravel().tolist(),
        "seconds": seconds.T.ravel().tolist(),
        "sweepAlpha": sweep_alpha.tolist(),
        "sweepPhi": sweep_phi.tolist(),
    },
    "values": {
        "l1": np.abs(d).mean(),
        "l2": rms(d).mean(),
        "mse": (d**2).mean(),
        "changed-area": (np.abs(d).max(-1) > 0.1).mean(),
        "changed-area 0.3": (np.abs(d).max(-1) > 0.3).mean(),
        "change-inside-mask": ((energy * masks[:, None]).sum((-1, -2)) / energy.sum((-1, -2))).mean(),
        "flip-rate": np.mean([after < 0.5 for _, after in flips]),
        "distinctness l1": np.abs(apart).mean(),
        "distinctness l2": rms(apart).mean(),
        "distinctness l2 relative": (rms(apart) / changed).mean(),
        "indistinct-concepts": ((np.abs(apart).max(-1) > 0.1).mean((-1, -2)) < 0.01).mean(),
        "influence pearson": pearsonr(sweep_alpha, sweep_phi).statistic,
        "influence spearman": spearmanr(sweep_alpha, sweep_phi).statistic,
        "influence mse": ((sweep_alpha - sweep_phi) ** 2).mean(),
        "influence kl": entropy(bernoulli(sweep_alpha), bernoulli(np.clip(sweep_phi, 1e-7, 1 - 1e-7)), axis=1).mean(),
        "stability mse": ((noisy - ce) ** 2).mean(),
        "stability mae": np.abs(noisy - ce).mean(),
        "stability jsd": jensenshannon(bernoulli(np.stack([phi] * 2)), bernoulli(perturbed_phi), axis=-1).mean(),
        "seconds 0.5": np.quantile(seconds, 0.5),
        "seconds 0.95": np.quantile(seconds, 0.95),
        "ar-pro map": ar_pro(bad),
        "ar-pro mask": ar_pro(masks.astype(float)),
        "nearest-normal": first.mean() / np.sqrt(H * W * C),
        "ynn detector": labels[found].mean(),
        "ynn given": (found < 9).mean(),
    },
}
with open(sys.argv[1], "w") as file:
    json.dump(golden, file, separators=(",", ":"), default=float)
    file.write("\n")
