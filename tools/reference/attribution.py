"""Golden values of core's attributions: captum on a tiny fixed network.

Writes packages/core/src/explain/attribution.golden.json: weights, images and, by captum, IntegratedGradients (midpoint
rule, 50 steps, baseline 0.25), Saliency (signed) and Occlusion (3 x 3 squares, stride 1, baseline 0.25).
Usage: python tools/reference/attribution.py (torch, captum, numpy)
"""

import json
import pathlib

import captum
import numpy as np
import torch
from captum.attr import IntegratedGradients, Occlusion, Saliency
from torch import nn

torch.manual_seed(3)
torch.set_num_threads(1)
out = pathlib.Path(__file__).parents[2] / "packages" / "core" / "src" / "explain" / "attribution.golden.json"

# Double precision: what differs is the method, not the rounding.
net = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 3, 3, stride=2, padding=0), nn.Sigmoid(), nn.Flatten(), nn.Linear(27, 1)
).double()
images = torch.rand(2, 2, 7, 7, dtype=torch.float64)


def score(x):
    return net(x)[:, 0]


def channels_summed(values):
    return values.detach().sum(1).numpy().round(9).tolist()


integrated = IntegratedGradients(score).attribute(images, baselines=0.25, n_steps=50, method="riemann_middle")
saliency = Saliency(score).attribute(images, abs=False)
# captum gives each channel the difference of its square; all channels at once, so one value per pixel.
occlusion = Occlusion(score).attribute(images, sliding_window_shapes=(2, 3, 3), strides=(2, 1, 1), baselines=0.25)
golden = {
    "versions": {"torch": torch.__version__, "captum": captum.__version__, "numpy": np.__version__},
    "weights": {
        "conv1": net[0].weight.detach().permute(2, 3, 1, 0).numpy().round(9).tolist(),
        "bias1": net[0].bias.detach().numpy().round(9).tolist(),
        "conv2": net[2].weight.detach().permute(2, 3, 1, 0).numpy().round(9).tolist(),
        "bias2": net[2].bias.detach().numpy().round(9).tolist(),
        # Channels last, as tfjs flattens.
        "linear": net[5].weight.detach().reshape(3, 3, 3).permute(1, 2, 0).reshape(27).numpy().round(9).tolist(),
        "bias": net[5].bias.detach().numpy().round(9).tolist(),
    },
    "images": images.permute(0, 2, 3, 1).numpy().round(9).tolist(),
    "score": score(images).detach().numpy().round(9).tolist(),
    "integrated-gradients": channels_summed(integrated),
    "gradient": channels_summed(saliency),
    "occlusion": occlusion[:, 0].detach().numpy().round(9).tolist(),
}
out.write_text(json.dumps(golden) + "\n")
print(golden["versions"], out.stat().st_size, "bytes")
