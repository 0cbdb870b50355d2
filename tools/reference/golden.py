"""What layers.py and gradients.py share: inputs that both sides can make, and their gradients by autograd in float64."""
import json
import math
import sys

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def wave(shape, step, phase, scale=1.0, levels=0):
    """scale sin(step i + phase), rounded to multiples of scale / levels where given, in float32 as the tests make it."""
    values = [math.sin(step * i + phase) for i in range(math.prod(shape))]
    if levels:
        values = [math.floor(value * levels + 0.5) / levels for value in values]
    return (torch.tensor(values) * scale).to(torch.float32).double().reshape(shape)


def given(shape, step, phase, scale=1.0, levels=0):
    return {"shape": list(shape), "step": step, "phase": phase, "scale": scale, "levels": levels}


def numbers(t):
    return [float(f"{value:.8g}") for value in t.detach().flatten().tolist()]


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def oihw(weight):
    return weight.permute(3, 2, 0, 1)


class Golden:
    """Cases by name: the inputs' formulas, the value, gradients of sum(dy value), and what `also` returns."""

    def __init__(self, script):
        self.out = {"made_by": f"tools/reference/{script}", "torch": torch.__version__, "python": sys.version.split()[0]}
        self.out["cases"] = {}

    def add(self, name, run, also=lambda: {}, **inputs):
        """`run` takes the inputs by position, NHWC images and HWIO filters."""
        tensors = {key: wave(**formula).requires_grad_(True) for key, formula in inputs.items()}
        value = run(*tensors.values())
        dy = given(value.shape, 0.21, 0.9)
        (value * wave(**dy)).sum().backward()
        gradients = {key: numbers(t.grad) for key, t in tensors.items() if t.grad is not None}
        more = {key: numbers(t) for key, t in also().items()}
        self.out["cases"][name] = {"inputs": inputs, "dy": dy, "value": numbers(value), "gradients": gradients, **more}

    def print(self):
        json.dump(self.out, sys.stdout, indent=None, separators=(",", ":"))
        print()
