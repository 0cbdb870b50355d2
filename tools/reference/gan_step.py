"""Golden values of packages/generators: the terms of three whole training steps as PyTorch computes them in float64.

usage: python tools/reference/gan_step.py > packages/generators/src/gan/step.golden.json
The step is that of packages/backend-ort/bench/shipped_step.py, which the training step is timed against. First weights,
images and draws come from a copy of core's random streams, so nothing is taken over from the code under test.
"""
import hashlib
import json
import math
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "packages/backend-ort/bench"))
from shipped_step import Step  # noqa: E402

MASK = 0xFFFFFFFF
CONFIG = {
    "shape": [8, 8, 3], "batch": 8, "learningRate": 1e-3, "steps": 3, "detector": {"width": 2},
    "generator": {
        "concepts": 2, "width": 2, "architecture": "slim", "blend": False, "generatorLoss": "standard",
        "scoreLoss": "bce", "conceptPair": "dissect", "conceptWeight": "change", "ganWeight": "one",
        "conceptView": "coarse", "conceptPool": 4, "conceptNoise": 1.0, "conceptChannels": "permuted",
        "conceptInput": "difference", "conceptNetwork": "pooled", "discriminator": "alpha", "realSamples": "all",
        "reconstruction": "sampled",
        "cycleShare": 0.5, "pairConcepts": False, "normalShare": 0.25, "realNormalShare": 0.75,
        "weights": {"gan": 1, "phi": 1, "rec": 10, "cycle": 3, "concept": 2, "diversity": 0, "proximity": 1},
        "alpha": {"zero": 0.1, "one": 0.1, "identity": 0.2, "flip": 0.4}, "average": 0.99, "warmup": 2,
        "discriminatorRate": 2, "conceptRate": 1,
    },
}
TERMS = ["discriminator", "gan", "phi", "rec", "cycle", "concept", "proximity", "conceptAccuracy"]
DETECTOR_SEED, GENERATOR_SEED, FIT_SEED = 2, 1, 3
# An untrained detector says 0.5 to everything; its last weights times this tell images apart.
SHARPEN = 10


class Stream:
    """core's random.ts: xoroshiro128+ as pure-rand 8 has it, state from SHA-256 of seed and path."""

    def __init__(self, seed, *path):
        digest = hashlib.sha256(json.dumps([seed, *path], separators=(",", ":")).encode()).digest()
        self.s01, self.s00, self.s11, self.s10 = (int.from_bytes(digest[i : i + 4], "little") for i in (0, 4, 8, 12))
        self.spare = None

    def next(self):
        out = (self.s00 + self.s10) & MASK
        a0, a1, s00, s01 = self.s10 ^ self.s00, self.s11 ^ self.s01, self.s00, self.s01
        self.s00 = (s00 << 24 ^ s01 >> 8 ^ a0 ^ a0 << 16) & MASK
        self.s01 = (s01 << 24 ^ s00 >> 8 ^ a1 ^ (a1 << 16 | a0 >> 16)) & MASK
        self.s10 = (a1 << 5 ^ a0 >> 27) & MASK
        self.s11 = (a0 << 5 ^ a1 >> 27) & MASK
        return out

    def uniform(self):
        high = self.next() & 0x3FFFFFF
        return high * 2.0**-26 + (self.next() & 0x7FFFFFF) * 2.0**-53

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        while True:
            a, b = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            square = a * a + b * b
            if 0 < square < 1:
                factor = math.sqrt(-2 * math.log(square) / square)
                self.spare = b * factor
                return a * factor


def tensor(shape, draw):
    return torch.tensor([draw() for _ in range(math.prod(shape))], dtype=torch.float64).reshape(shape)


def fill(net, prefix, seed, shape):
    """First weights, drawn in the layout of tfjs ([..., in, out]) under the name they have there."""
    height, columns, _ = shape
    for module_name, module in net.named_modules():
        fan = module.weight.shape[1:].numel() if hasattr(module, "weight") and module.weight.dim() > 1 else 1
        for name in [*module._parameters, *module._buffers]:
            value = getattr(module, name)
            last = name.removesuffix("_orig")
            path = prefix + "/".join([*module_name.split("."), last]).replace("first/", "in/")
            random = Stream(seed, "init", path)
            uniform = lambda: (2 * random.uniform() - 1) / math.sqrt(fan)
            if value is None or last.startswith(("running", "num_batches", "weight_v")) or "norm" in path.split("/")[-2]:
                continue
            if "/condition/" in path:
                made = tensor(value.T.shape, lambda: 0.1 * random.normal()).T if last == "weight" else value * 0
            elif last == "weight_u":
                made = tensor(value.shape, random.normal)
            elif last == "bias":
                made = tensor(value.shape, uniform)
            elif value.dim() == 4:
                made = tensor([*value.shape[2:], value.shape[1], value.shape[0]], uniform).permute(3, 2, 0, 1)
            elif path == "fc1/weight":
                rows, cols = height // 4, columns // 4
                made = tensor([rows, cols, value.shape[1] // rows // cols, value.shape[0]], uniform)
                made = made.permute(3, 2, 0, 1).reshape(value.shape)
            else:
                made = tensor(value.T.shape, uniform).T
            value.data.copy_(made)


def draws(step, index):
    o, B = step.o["alpha"], step.batch
    alphas, concepts = Stream(FIT_SEED, "alpha", index), Stream(FIT_SEED, "concept", index)
    alpha, identity, far, concept = torch.zeros(4, B, dtype=torch.float64).unbind()
    bounds = [o["zero"], o["zero"] + o["one"]]
    bounds += [bounds[1] + o["identity"], bounds[1] + o["identity"] + o["flip"]]
    for i in range(B):
        kind, uniform = alphas.uniform(), alphas.uniform()
        alpha[i] = 0 if kind < bounds[0] else 1 if kind < bounds[1] else uniform
        identity[i] = bounds[1] <= kind < bounds[2]
        far[i] = bounds[2] <= kind < bounds[3]
        concept[i] = math.floor(concepts.uniform() * step.K)
    n, channels, rows, cols = step.noise_shape
    noise = tensor([n, rows, cols, channels], Stream(FIT_SEED, "noise", index).normal).permute(0, 3, 1, 2)
    one_hot = torch.nn.functional.one_hot(concept.long(), step.K).double()
    return alpha, identity, far, one_hot, noise, permutations(n, channels, Stream(FIT_SEED, "channels", index))


def permutations(pairs, channels, random):
    rows = []
    for _ in range(pairs):
        order = list(range(channels))
        for i in range(channels - 1, 0, -1):
            j = math.floor(random.uniform() * (i + 1))
            order[i], order[j] = order[j], order[i]
        rows.append(order)
    return torch.tensor(rows)


def main():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    step = Step(CONFIG, adam="single")
    shape, steps = CONFIG["shape"], CONFIG["steps"]
    fill(step.phi, "", DETECTOR_SEED, shape)
    step.phi.fc2.weight.data *= SHARPEN
    fill(step.G, "generator/", GENERATOR_SEED, shape)
    fill(step.R, "concept/", GENERATOR_SEED, shape)
    fill(step.D, "discriminator/", GENERATOR_SEED, shape)
    for average, raw in zip(step.average, step.raw):
        average.copy_(raw.detach())
    terms = []
    for index in range(steps):
        data = tensor([step.data_size, *shape], Stream(FIT_SEED, "data", index).uniform).permute(0, 3, 1, 2)
        rise = min(1, (index + 1) / CONFIG["generator"]["warmup"])
        factor = (0.95 * (0.5 + 0.5 * math.cos(math.pi * index / steps)) + 0.05) * rise
        values = step.run(data, draws(step, index), index, factor)
        terms.append({name: float(f"{value:.8g}") for name, value in zip(TERMS, values)})
    names = [name for name, _ in [*step.G.named_parameters(), *step.G.named_buffers()]]
    norms = {
        "generator/" + name.replace(".", "/").replace("first/", "in/"): float(f"{average.norm().item():.8g}")
        for name, average in zip(names, step.average)
    }
    out = {
        "made_by": "tools/reference/gan_step.py", "torch": torch.__version__, "python": sys.version.split()[0],
        "config": CONFIG, "seeds": {"detector": DETECTOR_SEED, "generator": GENERATOR_SEED, "fit": FIT_SEED},
        "sharpen": SHARPEN, "terms": terms, "averageNorms": norms,
    }
    json.dump(out, sys.stdout, indent=2)
    print()


main()
