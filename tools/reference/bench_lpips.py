"""Seconds for LPIPS (alex, weights by a formula) of 100 pairs of images by the package lpips on the CPU.

Usage: python tools/reference/bench_lpips.py [--rounds 1] [--pairs 100] [--side 64] [--trunk alex] [--threads 2] [--batch 50]
Against packages/metrics/bench/lpips.mjs, whose mean distance has to agree.
"""

import argparse
import json
import time
from importlib.metadata import version

import lpips_formula as formula
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=1)
parser.add_argument("--pairs", type=int, default=100)
parser.add_argument("--side", type=int, default=64)
parser.add_argument("--trunk", default="alex")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batch", type=int, default=50)
args = parser.parse_args()

torch.set_num_threads(args.threads)
distance = formula.create(args.trunk)
pairs = [formula.images(args.side, args.side, 3, f"bench {i}") for i in range(args.pairs)]
a, b = [torch.cat([formula.tensor(pair[which]) for pair in pairs]) for which in (0, 1)]
seconds = []
for round in range(args.rounds + 1):
    start = time.perf_counter()
    with torch.no_grad():
        parts = [distance(x, y) for x, y in zip(a.split(args.batch), b.split(args.batch))]
    if round > 0:
        seconds.append(time.perf_counter() - start)
print(
    json.dumps(
        {
            "name": f"LPIPS {args.trunk} of {args.pairs} pairs {args.side}x{args.side}",
            "versions": {name: version(name) for name in ("torch", "lpips")},
            "distance": torch.cat(parts).mean().item(),
            "seconds": seconds,
        }
    )
)
