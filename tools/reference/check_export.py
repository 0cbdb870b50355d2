# Checks exported files with ONNX's own checker and with Python's onnxruntime. Not needed by the tests.
#   npx ifnormal export --out export && python tools/reference/check_export.py export
# Prints one JSON object: versions, and per file opset, operators, and how far each batch size is from batch size 1.
# Any broken rule is an exception. docs/guide/export.md quotes the result.
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

BATCHES = [1, 3, 64, 7]


def feeds_of(session, batch, rng):
    feeds = {}
    for value in session.get_inputs():
        shape = [batch if size == "batch" else size for size in value.shape]
        if value.type == "tensor(int32)":
            feeds[value.name] = rng.integers(0, 2, shape, dtype=np.int32)
        else:
            feeds[value.name] = rng.random(shape, dtype=np.float32)
    return feeds


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    domains = {entry.domain: entry.version for entry in model.opset_import}
    assert set(domains) == {""}, f"private operator sets: {domains}"
    assert all(node.domain == "" for node in model.graph.node)
    names = [entry.name for entry in model.graph.initializer]
    assert len(names) == len(set(names)), "initializers with one name"
    assert all(np.isfinite(numpy_helper.to_array(entry)).all() for entry in model.graph.initializer)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    for value in list(inferred.graph.input) + list(inferred.graph.output):
        assert value.type.tensor_type.shape.dim[0].dim_param == "batch", value.name
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch in BATCHES:
        rng = np.random.default_rng(batch)
        feeds = feeds_of(session, batch, rng)
        together = session.run(None, feeds)
        for i in range(batch):
            alone = session.run(None, {name: value[i : i + 1] for name, value in feeds.items()})
            worst = max(worst, *(float(np.abs(a[0] - b[i]).max()) for a, b in zip(alone, together)))
    return {
        "opset": domains[""],
        "ir": model.ir_version,
        "nodes": len(model.graph.node),
        "operators": sorted({node.op_type for node in model.graph.node}),
        "metadata": {entry.key: entry.value for entry in model.metadata_props if entry.key.endswith("sha256")},
        "batchDifference": worst,
    }


folder = Path(sys.argv[1])
result = {
    "onnx": onnx.__version__,
    "onnxruntime": onnxruntime.__version__,
    "numpy": np.__version__,
    "batches": BATCHES,
    "files": {path.name: check(str(path)) for path in sorted(folder.glob("*.onnx"))},
}
assert result["files"], f"no .onnx file in {folder}"
print(json.dumps(result, indent=2))
