"""FID of two folders by torch-fidelity, pytorch-fid and torchmetrics themselves, for comparison with ifnormal fid.

Usage: python tools/reference/fid_folders.py GENERATED REAL --weights FILE.pth [--only torch-fidelity,pytorch-fid,torchmetrics]
Images may have several sizes, so every library gets them one by one. Weights by a formula: inception.py --weights FILE.pth
"""

import argparse
import json
import pathlib
from importlib.metadata import version
from unittest import mock

import numpy as np
import torch
from PIL import Image

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif"}


def files(folder):
    return sorted(path for path in pathlib.Path(folder).rglob("*") if path.suffix.lower() in ENDINGS)


def tensor(path):
    return torch.from_numpy(np.asarray(Image.open(path).convert("RGB")).copy()).permute(2, 0, 1)[None].contiguous()


def torch_fidelity(generated, real, weights):
    from torch_fidelity import calculate_metrics

    return calculate_metrics(
        input1=generated,
        input2=real,
        cuda=False,
        fid=True,
        prc=True,
        feature_extractor="inception-v3-compat",
        feature_extractor_weights_path=weights,
        batch_size=1,
        samples_find_deep=True,
        save_cpu_ram=True,
        cache=False,
        verbose=False,
    )


def pytorch_fid(generated, real, weights):
    from pytorch_fid.fid_score import calculate_activation_statistics, calculate_frechet_distance
    from pytorch_fid.inception import InceptionV3

    with mock.patch("pytorch_fid.inception.load_state_dict_from_url", lambda *_, **__: torch.load(weights)):
        model = InceptionV3([3])
    statistics = [
        calculate_activation_statistics(files(folder), model, batch_size=1, device="cpu", num_workers=0)
        for folder in (generated, real)
    ]
    return {"fid": float(calculate_frechet_distance(*statistics[0], *statistics[1]))}


def torchmetrics(generated, real, weights):
    from torchmetrics.image.fid import FrechetInceptionDistance

    metric = FrechetInceptionDistance(feature=2048, feature_extractor_weights_path=weights)
    for folder in (generated, real):
        for path in files(folder):
            metric.update(tensor(path), real=folder == real)
    return {"fid": metric.compute().item()}


parser = argparse.ArgumentParser()
parser.add_argument("generated")
parser.add_argument("real")
parser.add_argument("--weights", required=True)
parser.add_argument("--only", default="torch-fidelity,pytorch-fid,torchmetrics")
args = parser.parse_args()
for name in args.only.split(","):
    with torch.no_grad():
        result = globals()[name.replace("-", "_")](args.generated, args.real, args.weights)
    print(json.dumps({"by": f"{name} {version(name)}", **result}), flush=True)
