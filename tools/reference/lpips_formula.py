"""Trunks of LPIPS and pairs of images by formula.py, the same as in lpips_formula.mjs beside it. The published weights are
not here, and a network with random ones is as good for telling whether two programs compute the same.

    python tools/reference/lpips_formula.py alex alex.pth    # writes them as torchvision stores its own
"""

import sys
import warnings

import formula
import lpips
import numpy
import torch
from torchvision import models

warnings.filterwarnings("ignore")


def parameter(name, shape):
    """Kernels at He's scale, biases in [-0.05, 0.05)."""
    bound = (6 / (numpy.prod(shape) / shape[0])) ** 0.5 if len(shape) > 1 else 0.05
    return torch.from_numpy(formula.values(name, tuple(shape), -bound, bound))


def trunk_state(net):
    """The features' state dict, with torchvision's names."""
    make = {"alex": models.alexnet, "vgg": models.vgg16, "squeeze": models.squeezenet1_1}[net]
    state = {name: value for name, value in make(weights=None).state_dict().items() if name.startswith("features.")}
    return {name: parameter(name, value.shape) for name, value in state.items()}


def create(net):
    """lpips 0.1.4 with its own linear weights, and the formula in the place of the published trunk."""
    distance = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
    # Its slices keep the numbers of torchvision's features: net.slice2.3.weight is features.3.weight.
    state = trunk_state(net)
    own = {name: state["features." + name.split(".", 1)[1]] for name in distance.net.state_dict()}
    distance.net.load_state_dict(own)
    return distance


def images(height, width, channels=3, name="pair"):
    """Two byte images [height, width, channels]: one, and the same with a quarter of another one."""
    a, other = [formula.image(f"{name} {which}", height, width, channels) for which in "ab"]
    return a, ((3 * a.astype(numpy.int32) + other) >> 2).astype(numpy.uint8)


def tensor(image):
    """[1, channels, height, width] in [-1, 1], as lpips.im2tensor."""
    return torch.from_numpy(image.astype(numpy.float32) / 127.5 - 1).permute(2, 0, 1)[None]


if __name__ == "__main__":
    torch.save(trunk_state(sys.argv[1]), sys.argv[2])
