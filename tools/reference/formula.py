"""Weights and images by a formula, the same in formula.mjs beside it: nothing large is committed."""

import numpy as np

FEATURES = ("bn.weight", 0.8, 1.2), ("bn.bias", -0.2, 0.2), ("bn.running_mean", -0.2, 0.2), ("bn.running_var", 0.5, 1.5)


def seed_of(name):
    """FNV-1a of a name, 32 bits."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def uniform(seed, index):
    """Uniform in [0, 1) with 24 bits: the finalizer of MurmurHash3 over index and seed."""
    value = np.atleast_1d(np.asarray(index, dtype=np.uint32)) * np.uint32(0x9E3779B1) + np.uint32(seed)
    value = (value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    value = (value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return ((value ^ (value >> np.uint32(16))) >> np.uint32(8)).astype(np.float64) / 2**24


def values(name, shape, low, high):
    count = int(np.prod(shape))
    drawn = low + (high - low) * uniform(seed_of(name), np.arange(count))
    return drawn.astype(np.float32).reshape(shape)


def state_of(convolutions):
    """Numpy state dict of convolutions with batch norm: [name, out, in, height, width] each."""
    state = {}
    for name, out, inner, height, width in convolutions:
        bound = (6 / (inner * height * width)) ** 0.5
        state[f"{name}.conv.weight"] = values(f"{name}.conv.weight", (out, inner, height, width), -bound, bound)
        for key, low, high in FEATURES:
            state[f"{name}.{key}"] = values(f"{name}.{key}", (out,), low, high)
    return state


def image(name, height, width, channels):
    """Smooth waves and some noise, uint8 [height, width, channels]."""
    seed = seed_of(name)
    out = np.zeros((height, width, channels), dtype=np.uint8)
    y, x = np.mgrid[:height, :width]
    for c in range(channels):
        a, b, phase = (int(uniform(seed, c * 3 + i)[0] * 64) for i in range(3))
        wave = np.abs((a * y + b * x + phase * 8) % 512 - 256)
        noise = uniform(seed, 1000 + (y * width + x) * channels + c)
        out[:, :, c] = np.minimum(255, np.floor(wave * 3 / 4 + noise * 64))
    return out
