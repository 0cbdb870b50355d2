"""Golden values of LPIPS from the package of its authors, with trunk weights by a formula and the real linear weights.

    pip install lpips torchvision && python tools/reference/lpips_golden.py photo.png > \\
        packages/metrics/src/lpips/__golden__/lpips.json

photo.png: chelsea.png of scikit-image's sample data (CC0); 69x69 pixels of it go into the file.
"""

import base64
import importlib.metadata
import json
import platform
import sys

import lpips_formula as formula
import numpy
import torch
from PIL import Image
from torch.nn.functional import interpolate

torch.manual_seed(1)
crop = numpy.asarray(Image.open(sys.argv[1]).convert("RGB"))[90:159, 150:219]
photos = crop[:64, :64], crop[5:, 5:]
minimum = {"alex": 31, "vgg": 16, "squeeze": 17}


def refused(distance, side):
    x = torch.zeros(1, 3, side, side)
    try:
        distance(x, x)
    except RuntimeError:
        return True
    return False


def case(distance, net, of, pair, upsample=None, gradient=False):
    a, b = [formula.tensor(image) for image in pair]
    size = list(a.shape[2:])
    if a.shape[1] == 1:
        a, b = a.repeat(1, 3, 1, 1), b.repeat(1, 3, 1, 1)
    if upsample:
        a, b = [interpolate(x, upsample, mode="bilinear", align_corners=False) for x in (a, b)]
    a.requires_grad_()
    value, layers = distance(a, b, retPerLayer=True)
    found = {"trunk": net, "images": of, "channels": pair[0].shape[2], "height": size[0], "width": size[1]}
    if upsample:
        found["upsample"] = min(upsample)
    if gradient:
        # Of the distance, at every 17th number of the first image in [-1, 1], by height, width and channels.
        (whole,) = torch.autograd.grad(value.sum(), a)
        found["gradient"] = whole[0].permute(1, 2, 0).flatten()[::17].tolist()
    return {**found, "value": value.item(), "layers": [layer.item() for layer in layers]}


cases = []
for net, least in minimum.items():
    distance = formula.create(net)
    assert refused(distance, least - 1) and not refused(distance, least)
    for height, width in [(64, 64), (40, 56)]:
        cases.append(case(distance, net, "formula", formula.images(height, width)))
    cases.append(case(distance, net, "formula", formula.images(least, least), gradient=True))
    if net == "vgg":
        # Slow to make, and nothing below depends on the trunk.
        continue
    cases.append(case(distance, net, "photo", photos))
    cases.append(case(distance, net, "formula", formula.images(28, 28, 1), [64, 64]))
    cases.append(case(distance, net, "formula", formula.images(20, 30), [48, 72]))
versions = {name: importlib.metadata.version(name) for name in ("lpips", "torch", "torchvision", "numpy")}
print(
    json.dumps(
        {
            "command": "python tools/reference/lpips_golden.py chelsea.png",
            "versions": {**versions, "python": platform.python_version()},
            "minimum": minimum,
            "photo": {"shape": list(crop.shape), "bytes": base64.b64encode(crop.tobytes()).decode()},
            "cases": cases,
        }
    )
)
