"""Exports a second detector of another kind: a denoising autoencoder whose reconstruction error is inside the graph.

Writes fixtures/hazelnut-detector/autoencoder.onnx with the inputs and outputs of hazelnut_detector.py. It learns to
undo random blots on the 28 normal training images; the score is a soft maximum of the smoothed absolute error. Nothing
was chosen on test images; the test line is printed last, for the record.
Usage: python tools/reference/hazelnut_autoencoder.py (torch, onnx, onnxruntime, Pillow)
"""

import json

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn import functional as F

from hazelnut_detector import MEAN, SIDE, STD, auroc, batch, images, out, stroke

torch.manual_seed(0)
STEPS, BATCH = 900, 8


def down(a, b):
    return [nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.LeakyReLU(0.1)]


def up(a, b):
    return [nn.Upsample(scale_factor=2), nn.Conv2d(a, b, 3, 1, 1), nn.BatchNorm2d(b), nn.ReLU()]


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            *down(3, 16), *down(16, 32), *down(32, 48), *down(48, 64),
            nn.Conv2d(64, 32, 1),
            *up(32, 64), *up(64, 48), *up(48, 32), *up(32, 16),
            nn.Conv2d(16, 3, 3, 1, 1), nn.Sigmoid(),
        )

    def forward(self, image):
        pixels = image * STD + MEAN
        error = (pixels - self.net(pixels)).abs().mean(1, keepdim=True)
        near = F.avg_pool2d(error, 7, 1, 3, count_include_pad=False)
        flat = near.flatten(1)
        return (torch.softmax(40 * flat, 1) * flat).sum(1), near


def blots(x, random):
    """Smooth random regions in random colors over up to a tenth of each image."""
    n = x.shape[0]
    field = F.interpolate(torch.randn(n, 1, 12, 12, generator=random), size=(SIDE, SIDE), mode="bicubic")
    mask = (field > 1.6 + torch.rand(n, 1, 1, 1, generator=random)).float()
    color = torch.rand(n, 3, 1, 1, generator=random)
    return x * (1 - mask) + color * mask


def varied(x, random):
    """Flips, small shifts, brightness: 28 images are few."""
    if torch.rand((), generator=random) < 0.5:
        x = x.flip(3)
    dx, dy = torch.randint(-5, 6, (2,), generator=random).tolist()
    x = F.pad(x, (5, 5, 5, 5), mode="replicate")[:, :, 5 + dy : 5 + dy + SIDE, 5 + dx : 5 + dx + SIDE]
    return (x * (0.92 + 0.16 * torch.rand(x.shape[0], 1, 1, 1, generator=random))).clamp(0, 1)


def train(pictures):
    random = torch.Generator().manual_seed(0)
    pixels = batch(pictures) * STD + MEAN
    model = Autoencoder()
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        x = varied(pixels[torch.randint(len(pixels), (BATCH,), generator=random)], random)
        loss = F.l1_loss(model.net(blots(x, random)), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def scores(model, pictures):
    with torch.no_grad():
        return model(batch(pictures))[0].numpy()


def show(name, s):
    print(f"{name:9} n {len(s):2}  min {s.min():.4f}  median {np.median(s):.4f}  max {s.max():.4f}")


if __name__ == "__main__":
    good = images("train/good")
    held, known = good[::4], [p for i, p in enumerate(good) if i % 4]
    model = train(known)
    for name, group in (("known", known), ("held out", held), ("strokes", [stroke(p, i) for i, p in enumerate(held)])):
        show(name, scores(model, group))
    # The exported model has not seen the held-out seventh either: its scores of train/good are then no memory.
    path = out / "autoencoder.onnx"
    torch.onnx.export(
        model, (batch(good[:2]),), path, opset_version=17, dynamo=False,
        input_names=["image"], output_names=["score", "anomaly_map"],
        dynamic_axes={name: {0: "batch"} for name in ("image", "score", "anomaly_map")},
    )  # fmt: skip
    test = {name: images(f"test/{name}") for name in ("good", "colour")}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = {k: session.run(["score"], {"image": batch(v).numpy()})[0] for k, v in test.items()}
    for name, s in found.items():
        show(name, s)
    auc = auroc(found["good"], found["colour"])
    print(f"test AuROC {auc:.3f}; {path.stat().st_size} bytes")
    print(sorted({n.op_type for n in onnx.load(path).graph.node}))
    record = {
        "torch": torch.__version__,
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
        "auroc": round(auc, 4),
        "good": [round(float(v), 5) for v in found["good"]],
        "colour": [round(float(v), 5) for v in found["colour"]],
    }
    (out / "autoencoder.json").write_text(json.dumps(record, indent=2) + "\n")
