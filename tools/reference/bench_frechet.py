"""Frechet distance at d = 2048 by pytorch-fid (scipy.linalg.sqrtm): the peer of packages/metrics/bench/frechet.mjs.

    pip install pytorch-fid && python tools/reference/bench_frechet.py --rounds 3
"""

import argparse
import json
import time
from importlib import metadata

import numpy as np
from pytorch_fid.fid_score import calculate_frechet_distance

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--dimensions", type=int, default=2048)
options = parser.parse_args()
d = options.dimensions


def uniforms(seed, count):
    """A linear congruential generator, as jumps of a block: state[i + b] = f^b(state[i])."""
    multiplier, increment, block = 1664525, 1013904223, 1 << 16
    states = np.empty(block, dtype=np.uint64)
    state, a, c = seed, 1, 0
    for i in range(block):
        state = (multiplier * state + increment) % 2**32
        states[i] = state
        a, c = a * multiplier % 2**32, (c * multiplier + increment) % 2**32
    parts = []
    for _ in range(-(-count // block)):
        parts.append(states)
        states = (states * np.uint64(a) + np.uint64(c)) % np.uint64(2**32)
    return np.concatenate(parts)[:count] / 2**32


def statistics(seed, shift):
    n = int(1.5 * d)
    total = uniforms(seed, 3 * n * d).reshape(n, d, 3)
    share = 1 + 4 * np.arange(d) / d
    data = ((total[..., 0] + total[..., 1] + total[..., 2] - 1.5) / (share * share) + shift).astype(np.float32)
    data = data.astype(np.float64)
    return data.mean(0), np.cov(data, rowvar=False)


a, b = statistics(1, 0), statistics(2, 0.1)
seconds = []
for round in range(-1, options.rounds):
    start = time.perf_counter()
    value = calculate_frechet_distance(*a, *b)
    if round >= 0:
        seconds.append(time.perf_counter() - start)
versions = {name: metadata.version(name) for name in ["pytorch-fid", "scipy", "numpy"]}
print(json.dumps({"name": f"frechet d={d}", "versions": versions, "seconds": seconds, "value": float(value)}))
