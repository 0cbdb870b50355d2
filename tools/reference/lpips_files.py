"""LPIPS (lpips) and SSIM (scikit-image) of the files of two folders, to hold against `ifnormal lpips`, on trunk weights by
the formula, which it writes first.

    pip install lpips torchvision scikit-image
    python tools/reference/lpips_files.py alex folderA folderB alex.pth
    ifnormal lpips folderA folderB --trunk alex --weights alex.pth --json
"""

import json
import os
import sys

import lpips_formula as formula
import numpy
import torch
from PIL import Image
from skimage.metrics import structural_similarity

net, folder_a, folder_b, weights = sys.argv[1:5]
torch.save(formula.trunk_state(net), weights)
distance = formula.create(net)
pairs = []
with torch.no_grad():
    for name in sorted(os.listdir(folder_a)):
        a, b = [numpy.asarray(Image.open(os.path.join(folder, name)).convert("RGB")) for folder in (folder_a, folder_b)]
        value = distance(formula.tensor(a), formula.tensor(b)).item()
        ssim = structural_similarity(a, b, channel_axis=2, data_range=255)
        pairs.append({"name": name, "lpips": value, "ssim": float(ssim)})
print(json.dumps({"trunk": net, "pairs": pairs}, indent=1))
