"""Trunks of LPIPS with weights by a formula, which packages/metrics/bench/formula.mjs has as well: the published weights
are not here, and a network with random ones is as good for telling whether two programs compute the same.

    python tools/reference/lpips_formula.py alex alex.pth    # writes them as torchvision stores its own
"""

import sys
import warnings

import lpips
import numpy
import torch
from torchvision import models

warnings.filterwarnings("ignore")


def uniform(seed, count):
    """Numbers in [-1, 1) by an integer hash of seed and place; float64, exact."""
    x = numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
    x ^= x >> numpy.uint32(16)
    x *= numpy.uint32(0x7FEB352D)
    x ^= x >> numpy.uint32(15)
    x *= numpy.uint32(0x846CA68B)
    x ^= x >> numpy.uint32(16)
    return (x >> numpy.uint32(8)).astype(numpy.float64) / 2**23 - 1


def parameter(position, shape):
    """The position-th parameter of a network: kernels at He's scale, biases in [-0.05, 0.05)."""
    bound = (6 / numpy.prod(shape[1:])) ** 0.5 if len(shape) > 1 else 0.05
    values = uniform(position + 1, int(numpy.prod(shape))) * bound
    return torch.from_numpy(values.astype(numpy.float32).reshape(shape))


def trunk_state(net):
    """The features' state dict, with torchvision's names."""
    make = {"alex": models.alexnet, "vgg": models.vgg16, "squeeze": models.squeezenet1_1}[net]
    state = {name: value for name, value in make(weights=None).state_dict().items() if name.startswith("features.")}
    return {name: parameter(i, value.shape) for i, (name, value) in enumerate(state.items())}


def create(net):
    """lpips 0.1.4 with its own linear weights, and the formula in the place of the published trunk."""
    distance = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
    # Its slices keep the numbers of torchvision's features: net.slice2.3.weight is features.3.weight.
    state = trunk_state(net)
    own = {name: state["features." + name.split(".", 1)[1]] for name in distance.net.state_dict()}
    distance.net.load_state_dict(own)
    return distance


def images(height, width, channels=3):
    """Two byte images [height, width, channels] by a formula in integers."""
    y, x, c = numpy.meshgrid(numpy.arange(height), numpy.arange(width), numpy.arange(channels), indexing="ij")
    a = (7 * x + 13 * y + 31 * c + ((x * y) >> 2)) & 255
    b = (a + ((5 * x + 3 * y) & 63)) & 255
    return a.astype(numpy.uint8), b.astype(numpy.uint8)


def tensor(image):
    """[1, channels, height, width] in [-1, 1], as lpips.im2tensor."""
    return torch.from_numpy(image.astype(numpy.float32) / 127.5 - 1).permute(2, 0, 1)[None]


if __name__ == "__main__":
    torch.save(trunk_state(sys.argv[1]), sys.argv[2])
