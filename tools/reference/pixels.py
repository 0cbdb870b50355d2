"""Golden values of pixel AuROC and AUPRO, and how far anomalib's AUPRO is from them.

    pip install scikit-learn scipy torch torchmetrics anomalib
    python tools/reference/pixels.py > packages/metrics/src/ranking/__golden__/pixels.json

Pixel AuROC is scikit-learn's over all pixels. AUPRO follows MVTec's published evaluation (mvtec_ad_evaluation, pro_curve_util
and generic_util): regions by scipy.ndimage.label with a 3 x 3 structure of ones, the curve over all distinct scores, the
trapezoid up to the limit with a straight line to it, float64. anomalib's compute_pro is run from its own file, its labels
made by scipy (its package needs OpenCV and kornia for that); it converts scores to float32 and sums in float32.

Maps and masks are whole numbers by formula, which the test repeats: no arrays in the JSON.
"""

import contextlib
import importlib.metadata
import importlib.util
import json
import platform
import sys
import types

import numpy
import scipy
import sklearn
from scipy.ndimage import label
from sklearn.metrics import roc_auc_score

CASES = [
    # name, images, height, width, levels of the scores, limit
    ("three images, many ties", 3, 12, 10, 17, 0.3),
    ("all scores differ", 4, 16, 16, 1 << 30, 0.3),
    ("small limit", 4, 16, 16, 1000, 0.05),
    ("the whole curve", 5, 9, 13, 40, 1.0),
    ("two values", 3, 12, 10, 2, 0.3),
    ("one image", 1, 14, 14, 100, 0.3),
    ("larger", 6, 64, 48, 1 << 20, 0.3),
]


def planes(case, images, height, width, levels):
    """Pseudo-random scores, higher where the mask is; blobs, diagonal steps (8-connectivity) and single pixels as masks."""
    maps = numpy.zeros((images, height, width))
    masks = numpy.zeros((images, height, width), dtype=int)
    for i in range(images):
        for r in range(height):
            for c in range(width):
                blob = (r - 3) ** 2 + (c - 2 - i) ** 2 <= 4
                step = r == c + 4 and c % 5 != 4
                single = (r * 7 + c * 5 + i) % 61 == 0
                defect = i % 3 != 2 and (blob or step or single)
                state = ((case * 31 + i) * 1009 + r * 131 + c * 17 + 1) & 0xFFFFFFFF
                for _ in range(3):
                    state ^= (state << 13) & 0xFFFFFFFF
                    state ^= state >> 17
                    state ^= (state << 5) & 0xFFFFFFFF
                maps[i, r, c] = state % levels + (levels // 3 if defect else 0)
                masks[i, r, c] = defect
    return maps, masks


def labels(masks):
    found, offset = numpy.zeros_like(masks), 0
    for i, mask in enumerate(masks):
        regions, count = label(mask, structure=numpy.ones((3, 3), dtype=int))
        found[i] = numpy.where(regions > 0, regions + offset, 0)
        offset += count
    return found, offset


def mvtec(maps, masks, limit):
    regions, count = labels(masks)
    flat, region = maps.ravel(), regions.ravel()
    sizes = numpy.bincount(region, minlength=count + 1)
    false_positive = (region == 0).astype(numpy.float64)
    overlap = numpy.where(region > 0, 1.0 / sizes[region], 0.0)
    order = numpy.argsort(flat, kind="stable")[::-1]
    scores = flat[order]
    last = numpy.append(scores[:-1] != scores[1:], True)
    fpr = numpy.append(0.0, numpy.cumsum(false_positive[order])[last] / false_positive.sum())
    pro = numpy.append(0.0, numpy.cumsum(overlap[order])[last] / count)
    inside = fpr <= limit
    x, y = numpy.append(fpr[inside], limit), numpy.append(pro[inside], numpy.interp(limit, fpr, pro))
    if inside.all():
        x, y = x[:-1], y[:-1]
    elif fpr[inside][-1] == limit:
        x, y = fpr[inside], pro[inside]
    return float(numpy.trapezoid(y, x) / limit)


def anomalib(maps, masks, limit):
    import torch

    class Base:
        pass

    stubs = {
        "anomalib": {},
        "anomalib.metrics": {"__path__": []},
        "anomalib.metrics.pro": {"connected_components_cpu": None, "connected_components_gpu": None},
        "anomalib.metrics.base": {"AnomalibMetric": Base},
        "anomalib.metrics.utils": {"plot_metric_curve": None},
    }
    folder = importlib.metadata.distribution("anomalib").locate_file("anomalib/metrics/aupro.py")
    for name, names in stubs.items():
        module = types.ModuleType(name)
        module.__dict__.update(names)
        sys.modules[name] = module
    spec = importlib.util.spec_from_file_location("anomalib.metrics.aupro", folder)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    metric = module._AUPRO(fpr_limit=limit)
    metric.perform_cca = lambda: torch.from_numpy(labels(masks)[0])
    metric.update(torch.from_numpy(maps), torch.from_numpy(masks))
    return float(metric.compute())


found = []
for number, (name, images, height, width, levels, limit) in enumerate(CASES):
    maps, masks = planes(number, images, height, width, levels)
    with contextlib.redirect_stdout(sys.stderr):
        theirs = anomalib(maps, masks, limit)
    found.append(
        {
            "name": name,
            "shape": [images, height, width],
            "levels": levels,
            "fprLimit": limit,
            "regions": labels(masks)[1],
            "pixelAuroc": float(roc_auc_score(masks.ravel(), maps.ravel())),
            "aupro": mvtec(maps, masks, limit),
            "anomalibAupro": theirs,
        }
    )
versions = {
    "scikit-learn": sklearn.__version__,
    "scipy": scipy.__version__,
    "numpy": numpy.__version__,
    "anomalib": importlib.metadata.version("anomalib"),
    "torchmetrics": importlib.metadata.version("torchmetrics"),
    "torch": importlib.metadata.version("torch"),
    "python": platform.python_version(),
}
print(json.dumps({"command": "python tools/reference/pixels.py", "versions": versions, "cases": found}))
