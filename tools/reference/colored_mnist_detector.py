"""Trains a detector of Colored-MNIST in PyTorch, as a user would have one, and exports it to ONNX: strided convolutions,
group norm, SiLU; normalization outside of the graph. Its only tie to ifnormal are the images.

    node tools/reference/dump_images.mjs packages/cli/models/colored-mnist/experiment.json images
    python tools/reference/colored_mnist_detector.py images detector.onnx
"""
import sys

import numpy as np
import torch
from torch import nn

folder, out = sys.argv[1:3]
torch.manual_seed(7)
torch.set_num_threads(1)
normal, outliers = (
    torch.from_numpy(np.load(f"{folder}/{name}.npy")).permute(0, 3, 1, 2).float() / 255
    for name in ("normal", "outliers")
)
MEAN, STD = 0.1307, 0.3081


def block(inputs, outputs, stride):
    return [nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(4, outputs), nn.SiLU()]


model = nn.Sequential(
    *block(3, 16, 1), *block(16, 32, 2), *block(32, 32, 1), *block(32, 64, 2), *block(64, 64, 1),
    nn.AvgPool2d(7), nn.Flatten(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 1),
)
steps, half = 600, 64
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
target = torch.cat([torch.zeros(half), torch.ones(half)])
for step in range(steps):
    rows = [images[torch.randint(len(images), (half,))] for images in (normal, outliers)]
    logits = model((torch.cat(rows) - MEAN) / STD)[:, 0]
    loss = nn.functional.binary_cross_entropy_with_logits(logits, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if step % 100 == 99:
        print(step + 1, loss.item(), flush=True)
model.eval()
torch.onnx.export(
    model, (torch.zeros(2, 3, 28, 28),), out, opset_version=17, dynamo=False,
    input_names=["image"], output_names=["logit"], dynamic_axes={"image": {0: "batch"}, "logit": {0: "batch"}},
)
print("torch", torch.__version__, "normal", len(normal), "outliers", len(outliers))
