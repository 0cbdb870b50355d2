"""Golden values of SSIM from scikit-image and torchmetrics, on byte images by a formula.

    pip install scikit-image torchmetrics && python tools/reference/ssim.py > packages/metrics/src/ssim/__golden__/ssim.json
"""

import importlib.metadata
import json
import platform

import formula
import numpy
import torch
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import structural_similarity_index_measure


def pair(height, width, channels):
    """As formulaPair of lpips_formula.mjs."""
    a, other = [formula.image(f"pair {which}", height, width, channels) for which in "ab"]
    return a, ((3 * a.astype(numpy.int32) + other) >> 2).astype(numpy.uint8)


def constant(a, b):
    return [numpy.full((16, 16, 3), value, dtype=numpy.uint8) for value in (a, b)]


def tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None]


def case(name, of, data_range):
    """On bytes with range 255, or divided by 255 with range 1; float64."""
    a, b = [image.astype(numpy.float64) * (data_range / 255) for image in of]
    height, width, channels = a.shape
    options = {"channel_axis": 2, "data_range": data_range}
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    side = min(height, width)
    values = {
        "scikit-image": structural_similarity(a, b, **options) if side >= 7 else None,
        "wang": structural_similarity(a, b, **options, **wang) if side >= 11 else None,
        "torchmetrics": structural_similarity_index_measure(tensor(a), tensor(b), data_range=float(data_range)),
    }
    found = {recipe: float(value) for recipe, value in values.items() if value is not None}
    return {"name": name, "shape": [height, width, channels], "range": data_range, "values": found}


def refused(recipe, side):
    a, b = [image.astype(numpy.float64) for image in pair(side, side, 1)]
    try:
        if recipe == "torchmetrics":
            structural_similarity_index_measure(tensor(a), tensor(b), data_range=255.0)
        else:
            structural_similarity(a[..., 0], b[..., 0], data_range=255, gaussian_weights=recipe == "wang")
    except (ValueError, RuntimeError):
        return True
    return False


minimum = {
    recipe: next(side for side in range(2, 20) if not refused(recipe, side))
    for recipe in ("scikit-image", "wang", "torchmetrics")
}
cases = [
    case("color", pair(64, 64, 3), 255),
    case("color in [0, 1]", pair(64, 64, 3), 1),
    case("gray, not square", pair(28, 41, 1), 255),
    case("smallest of wang", pair(11, 12, 3), 1),
    case("smallest of scikit-image", pair(7, 8, 1), 1),
    case("smallest of torchmetrics", pair(6, 6, 1), 1),
    case("two constants", constant(40, 200), 1),
    case("equal constants", constant(90, 90), 1),
    case("black and black", constant(0, 0), 1),
    case("constant and texture", (constant(128, 0)[0], pair(16, 16, 3)[0]), 1),
]
packages = ("scikit-image", "torchmetrics", "torch", "numpy")
versions = {**{name: importlib.metadata.version(name) for name in packages}, "python": platform.python_version()}
command = "python tools/reference/ssim.py"
print(json.dumps({"command": command, "versions": versions, "minimum": minimum, "cases": cases}))
