"""Makes fixtures/hazelnut-toy from the original hazelnut-toy pictures: 128x128 pixels, masks with them.

The original: github.com/openvinotoolkit/training_extensions (copy: vinnamkim/training_extensions,
commit e57e68a0de8ee4dd6fab3cfdbd0ade1761031c5c), tests/assets/anomaly_hazelnut, Apache-2.0.
Usage: python tools/reference/hazelnut_fixture.py <folder of the original> (Pillow, numpy)
"""

import pathlib
import shutil
import sys

import numpy as np
from PIL import Image

SIDE = 128
source = pathlib.Path(sys.argv[1])
target = pathlib.Path(__file__).parents[2] / "fixtures" / "hazelnut-toy"

for path in sorted(source.rglob("*")):
    to = target / path.relative_to(source)
    if path.suffix == ".jpg":
        image = Image.open(path).convert("RGB")
        # One picture is 512x522: its middle is kept, so that nothing is stretched.
        top = (image.height - 512) // 2
        image = image.crop((0, top, 512, top + 512)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        to.parent.mkdir(parents=True, exist_ok=True)
        # No chroma subsampling: the pen marks are color.
        image.save(to, quality=93, subsampling=0, optimize=True)
    elif path.suffix == ".png":
        mask = np.asarray(Image.open(path).resize((SIDE, SIDE), Image.Resampling.BOX))
        to.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.where(mask >= 128, 255, 0).astype(np.uint8)).save(to, optimize=True)
    elif path.name in ("LICENSE", "NOTICE"):
        shutil.copyfile(path, to)
