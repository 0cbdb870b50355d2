"""Exports a detector as its users have one: PatchCore-like, on SqueezeNet 1.1 features, from PyTorch to ONNX opset 17.

Writes fixtures/hazelnut-detector/patches.onnx: "image" [batch, 3, 128, 128], ImageNet-normalized RGB -> "score" [batch]
and "anomaly_map" [batch, 1, 128, 128]. Features of fire3 and fire5, averaged over 3x3 neighbors; the memory is 384
k-means centers of all patches of the 28 normal training images; distances to the nearest center; the score is a soft
maximum over patches. Nothing here was chosen on test images: the printed table has pen strokes drawn on held-out
training images; the test line is printed last, for the record.

Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022. Weights: SqueezeNet 1.1 (MIT), from
microsoft/Windows-Machine-Learning, see fixtures/hazelnut-detector/README.md.
Usage: python tools/reference/hazelnut_detector.py <folder with SqueezeNet_fp16.onnx> (torch, onnx, onnxruntime, Pillow, scipy)
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from PIL import Image, ImageDraw, ImageFilter
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
root = pathlib.Path(__file__).parents[2]
data = root / "fixtures" / "hazelnut-toy"
out = root / "fixtures" / "hazelnut-detector"
SIDE, CENTERS, SHARPNESS = 128, 384, 4.0
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


class Fire(nn.Module):
    def __init__(self, weights, name):
        super().__init__()
        self.squeeze = conv(weights, f"{name}/squeeze1x1")
        self.expand1 = conv(weights, f"{name}/expand1x1")
        self.expand3 = conv(weights, f"{name}/expand3x3", padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1(x)), F.relu(self.expand3(x))], 1)


def conv(weights, name, **options):
    w, b = weights[f"{name}_w_0"], weights[f"{name}_b_0"]
    layer = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2], **options)
    layer.weight.data, layer.bias.data = w, b
    return layer


class Features(nn.Module):
    """fire3 at a quarter, fire5 at an eighth of the image, on one grid of [31, 31]."""

    def __init__(self, path):
        super().__init__()
        weights = {
            i.name: torch.tensor(onnx.numpy_helper.to_array(i).astype(np.float32))
            for i in onnx.load(path).graph.initializer
        }
        self.conv1 = conv(weights, "conv1", stride=2)
        # The original takes BGR in 0..255 minus a mean; folded into the first layer, ours takes ImageNet-normalized RGB.
        w = self.conv1.weight.data[:, [2, 1, 0]]
        mean = torch.tensor([123.0, 117.0, 104.0]).view(1, 3, 1, 1)
        self.conv1.bias.data += (w * (255 * MEAN - mean)).sum((1, 2, 3))
        self.conv1.weight.data = w * 255 * STD
        for i in (2, 3, 4, 5):
            setattr(self, f"fire{i}", Fire(weights, f"fire{i}"))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 3, 2)
        low = self.fire3(self.fire2(x))
        high = self.fire5(self.fire4(F.max_pool2d(low, 3, 2)))
        low, high = (F.avg_pool2d(f, 3, 1, 1, count_include_pad=False) for f in (low, high))
        return torch.cat([low, F.interpolate(high, size=low.shape[2:], mode="bilinear", align_corners=False)], 1)


class Patches(nn.Module):
    def __init__(self, features, scale, centers):
        super().__init__()
        self.features = features
        self.register_buffer("scale", scale.view(1, -1, 1, 1))
        self.register_buffer("centers", centers.T.contiguous())
        self.register_buffer("norms", (centers**2).sum(1))

    def forward(self, image):
        f = self.features(image) * self.scale
        grid = f.flatten(2).transpose(1, 2)
        squared = (grid**2).sum(2, keepdim=True) - 2 * grid @ self.centers + self.norms
        nearest = squared.min(2).values.clamp(min=1e-6).sqrt()
        weights = torch.softmax(SHARPNESS * nearest, 1)
        score = (weights * nearest).sum(1)
        near = nearest.reshape(-1, 1, f.shape[2], f.shape[3])
        return score, F.interpolate(near, size=(SIDE, SIDE), mode="bilinear", align_corners=False)


def images(folder):
    return [Image.open(p).convert("RGB") for p in sorted((data / folder).glob("*.jpg"))]


def batch(pictures):
    x = np.stack([np.asarray(p, dtype=np.float32) / 255 for p in pictures])
    return (torch.tensor(x).permute(0, 3, 1, 2) - MEAN) / STD


def centers_of(patches, count):
    """k-means, 20 rounds, seeded."""
    generator = torch.Generator().manual_seed(0)
    centers = patches[torch.randperm(len(patches), generator=generator)[:count]]
    for _ in range(20):
        nearest = torch.cdist(patches, centers).argmin(1)
        sums = torch.zeros_like(centers).index_add_(0, nearest, patches)
        counts = torch.bincount(nearest, minlength=count).unsqueeze(1)
        centers = torch.where(counts > 0, sums / counts.clamp(min=1), centers)
    return centers


def train(features, pictures):
    with torch.no_grad():
        f = features(batch(pictures))
        # Both layers count the same: unit total variance each.
        std = [g.var((0, 2, 3)).sum().sqrt() for g in (f[:, :128], f[:, 128:])]
        scale = torch.cat([torch.full((n,), 1 / (s * 2**0.5)) for n, s in zip((128, f.shape[1] - 128), std)])
        patches = (f * scale.view(1, -1, 1, 1)).permute(0, 2, 3, 1).reshape(-1, f.shape[1])
        return Patches(features, scale, centers_of(patches, CENTERS)).eval()


def scores(model, pictures):
    with torch.no_grad():
        return model(batch(pictures))[0].numpy()


def stroke(picture, seed):
    """A pen stroke inside the nut: red or blue, random curve."""
    random = np.random.default_rng(seed)
    points = np.cumsum(np.vstack([random.uniform(52, 70, 2), random.uniform(-14, 14, (3, 2))]), 0)
    ink = [(200, 30, 60), (20, 60, 110), (30, 110, 90)][random.integers(3)]
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).line([tuple(p) for p in points], fill=255, width=int(random.integers(3, 8)), joint="curve")
    return Image.composite(Image.new("RGB", picture.size, ink), picture, mask.filter(ImageFilter.GaussianBlur(0.7)))


def auroc(normal, odd):
    return float(np.mean([(o > n) + 0.5 * (o == n) for o in odd for n in normal]))


if __name__ == "__main__":
    features = Features(pathlib.Path(sys.argv[1]) / "SqueezeNet_fp16.onnx").eval()
    good = images("train/good")
    held, known = good[::4], [p for i, p in enumerate(good) if i % 4]
    partial = train(features, known)
    strokes = [stroke(p, i) for i, p in enumerate(held)]
    for name, group in (("known", known), ("held out", held), ("strokes", strokes)):
        s = scores(partial, group)
        print(f"{name:9} n {len(s):2}  min {s.min():.3f}  median {np.median(s):.3f}  max {s.max():.3f}")
    model = train(features, good)
    out.mkdir(parents=True, exist_ok=True)
    path = out / "patches.onnx"
    torch.onnx.export(
        model,
        (batch(good[:2]),),
        path,
        opset_version=17,
        dynamo=False,
        input_names=["image"],
        output_names=["score", "anomaly_map"],
        dynamic_axes={name: {0: "batch"} for name in ("image", "score", "anomaly_map")},
    )
    test = {name: images(f"test/{name}") for name in ("good", "colour")}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = {k: session.run(["score"], {"image": batch(v).numpy()})[0] for k, v in test.items()}
    worst = max(float(np.abs(found[k] - scores(model, v)).max()) for k, v in test.items())
    auc = auroc(found["good"], found["colour"])
    for name, s in found.items():
        print(f"{name:9} n {len(s):2}  min {s.min():.3f}  median {np.median(s):.3f}  max {s.max():.3f}")
    print(f"test AuROC {auc:.3f}; onnxruntime against torch {worst:.1e}; {path.stat().st_size} bytes")
    print(sorted({n.op_type for n in onnx.load(path).graph.node}))
    record = {
        "torch": torch.__version__,
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
        "auroc": round(auc, 4),
        "good": [round(float(v), 5) for v in found["good"]],
        "colour": [round(float(v), 5) for v in found["colour"]],
    }
    (out / "patches.json").write_text(json.dumps(record, indent=2) + "\n")
