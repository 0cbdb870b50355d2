"""Golden values of core's resizes: the same uint8 images resized by torch-fidelity, PyTorch and Pillow.

Writes packages/core/src/data/resize/__golden__/resize.json: per case every stride-th value of the result (the images come
from formula.py, and from formula.mjs in the test) and the sum of all.
Usage: python tools/reference/resize.py (torch, torch-fidelity, Pillow, numpy)
"""

import json
import pathlib
from importlib.metadata import version

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

import formula

torch.set_num_threads(1)
KEPT = 40
# Up and down, odd sides, sides of one pixel, one direction kept, gray.
CASES = [
    ((32, 32, 3), (299, 299)),
    ((28, 28, 1), (299, 299)),
    ((300, 400, 3), (299, 299)),
    ((512, 512, 3), (299, 299)),
    ((299, 299, 3), (299, 299)),
    ((37, 53, 3), (23, 71)),
    ((53, 37, 1), (1, 1)),
    ((1, 1, 3), (5, 7)),
    ((1, 40, 3), (9, 17)),
    ((40, 1, 1), (17, 1)),
    ((64, 48, 3), (64, 31)),
    ((7, 5, 3), (224, 224)),
    ((601, 401, 1), (32, 32)),
]
PIL = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def resized(image, size):
    """All methods on one image, as [height, width, channels]."""
    chw = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
    kwargs = {"size": size, "mode": "bilinear", "align_corners": False}
    results = {
        "tensorflow-bilinear": interpolate_bilinear_2d_like_tensorflow1x(chw.float(), size=size, align_corners=False),
        "torch-bilinear": F.interpolate(chw.float(), **kwargs),
        "torch-bilinear-antialias": F.interpolate(chw.float(), **kwargs, antialias=True),
        "torch-bilinear-antialias-bytes": F.interpolate(chw, **kwargs, antialias=True),
    }
    if size[1] == 1 == chw.shape[3]:
        # PyTorch 2.15 takes the only column of such an image for the axis to filter: given three columns, it does not.
        wide = F.interpolate(chw.float().repeat(1, 1, 1, 3), size=(size[0], 3), mode="bilinear", antialias=True)
        results["torch-bilinear-antialias"] = wide[:, :, :, :1]
    results = {name: value[0].permute(1, 2, 0).numpy() for name, value in results.items()}
    pil = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    for name, method in PIL.items():
        results[f"pillow-{name}"] = np.asarray(pil.resize((size[1], size[0]), method)).reshape(*size, -1)
    return results


def case(shape, size):
    name = f"resize {'x'.join(map(str, shape))}"
    results = {}
    for method, value in resized(formula.image(name, *shape), size).items():
        flat = value.astype(np.float64).ravel()
        stride = max(1, flat.size // KEPT)
        # The stride shares no factor with 3, so that every channel is met.
        stride += stride % 3 == 0
        results[method] = {"stride": stride, "values": flat[::stride].round(5).tolist(), "mean": round(flat.mean(), 7)}
    return {"name": name, "shape": shape, "size": size, "results": results}


folder = pathlib.Path(__file__).parents[2] / "packages/core/src/data/resize/__golden__"
folder.mkdir(exist_ok=True)
golden = {
    "versions": {name: version(name) for name in ("torch", "torch-fidelity", "pillow", "numpy")},
    "cases": [case(*entry) for entry in CASES],
}
path = folder / "resize.json"
path.write_text(json.dumps(golden) + "\n")
print(golden["versions"], path.stat().st_size, "bytes")
