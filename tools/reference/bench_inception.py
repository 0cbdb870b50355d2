"""Seconds for Inception's features of 1000 images 32x32 by torch-fidelity's extractor on the CPU, weights by a formula.

Usage: python tools/reference/bench_inception.py [--rounds 1] [--images 64] [--batch 64] [--threads 2]
Fewer images than 1000 are timed by default; the seconds are scaled to 1000. Against packages/metrics/bench/inception.mjs.
"""

import argparse
import json
import time
from importlib.metadata import version

import numpy as np
import torch

import formula
from inception import torch_fidelity_extractor

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=1)
parser.add_argument("--images", type=int, default=64)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()

torch.set_num_threads(args.threads)
extractor = torch_fidelity_extractor(["2048"])
images = np.stack([formula.image(f"bench {i}", 32, 32, 3) for i in range(args.images)])
images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
seconds = []
with torch.no_grad():
    extractor(images[: args.batch])
    for _ in range(args.rounds):
        start = time.perf_counter()
        for first in range(0, args.images, args.batch):
            extractor(images[first : first + args.batch])
        seconds.append((time.perf_counter() - start) * 1000 / args.images)
versions = {name: version(name) for name in ("torch", "torch-fidelity")}
print(json.dumps({"name": "Inception features of 1000 images", "versions": versions, "seconds": seconds}))
