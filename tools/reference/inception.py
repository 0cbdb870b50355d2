"""Golden values of the Inception features: torch-fidelity, pytorch-fid and torchmetrics with one file of weights by a formula.

Writes packages/metrics/src/features/__golden__/inception.json: names and shapes of the convolutions, features of images of
several sizes by each of the three (32 of 2048, their mean and norm), and each one's own FID between two sets.
Usage: python tools/reference/inception.py (torch, torch-fidelity, pytorch-fid, torchmetrics, numpy)
       python tools/reference/inception.py --weights FILE.pth   only writes the weights, for ifnormal fid --weights
"""

import argparse
import json
import pathlib
import tempfile
from importlib.metadata import version
from unittest import mock

import numpy as np
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

import formula

SIZES = [(32, 32, 3), (28, 28, 1), (300, 400, 3), (299, 299, 3), (97, 131, 3), (64, 64, 3)]
SETS = {"normal": SIZES, "anomaly": SIZES}
# For pytorch-fid, whose matrix root needs more images than features, 64 of them.
SMALL = {name: [(32, 32, 3)] * 80 for name in SETS}


def images_of(sets):
    """Tensors uint8 [1, 3, height, width] of each set; gray repeated."""
    return {
        name: [to_tensor(formula.image(f"inception {name} {i}", *shape)) for i, shape in enumerate(shapes)]
        for name, shapes in sets.items()
    }


def to_tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None].repeat(1, 3 // image.shape[2], 1, 1).contiguous()


def bare(features):
    """torch-fidelity's network with PyTorch's random weights: it has no way to be built without a file."""
    with mock.patch.object(FeatureExtractorInceptionV3, "load_state_dict"), mock.patch("torch.load"):
        return FeatureExtractorInceptionV3("inception-v3-compat", features, "none")


def convolutions():
    ending = ".conv.weight"
    return [
        [name[: -len(ending)], *value.shape] for name, value in bare(["2048"]).state_dict().items() if name.endswith(ending)
    ]


def state():
    """The state dict by the formula. The classifier is not used: zeros."""
    values = {name: torch.from_numpy(value) for name, value in formula.state_of(convolutions()).items()}
    return {**values, "fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}


def torch_fidelity_extractor(features):
    extractor = bare(features)
    torch.nn.Module.load_state_dict(extractor, state(), strict=False)
    return extractor.eval()


def summary(features):
    """[n, d] float32 to what the test compares."""
    features = features.astype(np.float64)
    return {
        "kept": features[:, :: max(1, features.shape[1] // 32)].round(7).tolist(),
        "mean": features.mean(1).round(8).tolist(),
        "norm": np.linalg.norm(features, axis=1).round(7).tolist(),
    }


def by_torch_fidelity(images):
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    extractor = torch_fidelity_extractor(["64", "192", "768", "2048"])
    found = {name: [extractor(image) for image in of] for name, of in images.items()}
    stacked = {name: [torch.cat([row[k] for row in rows]) for k in range(4)] for name, rows in found.items()}
    a, b = (fid_features_to_statistics(stacked[name][3]) for name in images)
    return {
        "features": {name: summary(layers[3].numpy()) for name, layers in stacked.items()},
        "layers": {str(layer.shape[1]): summary(layer[:1].numpy()) for layer in stacked["normal"]},
        "fid": fid_statistics_to_metric(a, b, False)["frechet_inception_distance"],
    }


def by_pytorch_fid(images, small):
    from pytorch_fid.fid_score import calculate_frechet_distance
    from pytorch_fid.inception import InceptionV3

    with mock.patch("pytorch_fid.inception.load_state_dict_from_url", lambda *_, **__: state()):
        network = InceptionV3([0, 3]).eval()
    activations = lambda image: [layer.mean((2, 3)) for layer in network(image.float() / 255)]
    features = {name: torch.cat([activations(image)[1] for image in of]).numpy() for name, of in images.items()}
    first = {name: network_64(network, of) for name, of in small.items()}
    statistics = [(f.mean(0), np.cov(f, rowvar=False)) for f in first.values()]
    return {
        "features": {name: summary(value) for name, value in features.items()},
        "fid64": float(calculate_frechet_distance(*statistics[0], *statistics[1])),
    }


def network_64(network, images):
    """Features of the first block alone, as InceptionV3([0]) has them; stored in float64 as get_activations does."""
    from torch.nn import functional as F

    rows = []
    for image in images:
        x = 2 * F.interpolate(image.float() / 255, size=(299, 299), mode="bilinear", align_corners=False) - 1
        rows.append(network.blocks[0](x).mean((2, 3))[0].numpy().astype(np.float64))
    return np.stack(rows)


def by_torchmetrics(images, path):
    from torchmetrics.image.fid import FrechetInceptionDistance

    metric = FrechetInceptionDistance(feature=2048, feature_extractor_weights_path=path)
    features = {name: torch.cat([metric.inception(image) for image in of]).numpy() for name, of in images.items()}
    for name, of in images.items():
        for image in of:
            metric.update(image, real=name == "normal")
    return {"features": {name: summary(value) for name, value in features.items()}, "fid": metric.compute().item()}


def write_golden():
    images = images_of(SETS)
    with tempfile.NamedTemporaryFile(suffix=".pth") as file, torch.no_grad():
        torch.save(state(), file.name)
        recipes = {
            "torch-fidelity": by_torch_fidelity(images),
            "pytorch-fid": by_pytorch_fid(images, images_of(SMALL)),
            "torchmetrics-antialias": by_torchmetrics(images, file.name),
        }
    packages = ("torch", "torchvision", "torch-fidelity", "pytorch-fid", "torchmetrics", "scipy", "numpy")
    golden = {
        "versions": {name: version(name) for name in packages},
        "convolutions": convolutions(),
        "sets": SETS,
        "small": {name: [len(shapes), *shapes[0]] for name, shapes in SMALL.items()},
        "recipes": recipes,
    }
    path = pathlib.Path(__file__).parents[2] / "packages/metrics/src/features/__golden__/inception.json"
    path.write_text(json.dumps(golden) + "\n")
    print(golden["versions"], path.stat().st_size, "bytes", {name: value.get("fid") for name, value in recipes.items()})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", help="write the weights here and nothing else")
    args = parser.parse_args()
    if args.weights:
        torch.save(state(), args.weights)
        print("wrote", args.weights)
    else:
        torch.set_num_threads(1)
        write_golden()
