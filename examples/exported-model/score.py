import json
import sys

import numpy as np
import onnxruntime as ort
from PIL import Image

folder, file = (sys.argv[1:] + ["export", "odd.png"])[:2]
detector = ort.InferenceSession(f"{folder}/detector.onnx")
generator = ort.InferenceSession(f"{folder}/generator.onnx")
about = generator.get_modelmeta().custom_metadata_map  # input_range, concepts, weights_sha256, ...

images = np.asarray(Image.open(file).convert("RGB"), np.float32)[None] / 255  # [1, height, width, 3] in [0, 1]
_, score = detector.run(["raw_score", "score"], {"images": images})
result = {"score": float(score[0]), "counterfactuals": []}
for k in range(int(about["concepts"])):
    feeds = {"images": images, "alpha": np.zeros(1, np.float32), "concept": np.array([k], np.int32)}
    (counterfactual,) = generator.run(None, feeds)
    (after,) = detector.run(["score"], {"images": counterfactual})
    result["counterfactuals"].append(float(after[0]))
print(json.dumps(result))
