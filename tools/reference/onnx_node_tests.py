"""Packs onnx's own backend node tests (Apache-2.0) into packages/onnx/test/fixtures/node-tests.bin.gz and says in
node-tests.json what was left out and why.

    pip install onnx && python tools/reference/onnx_node_tests.py

The gzipped file is a list of pairs of ModelProtos, each with its length as uint32 in front: the test's model; and a
graph of the test's name whose initializers are the test's data, named "input:NAME" and "output:NAME".
"""

import collections
import gzip
import json
import pathlib
import struct
import sys
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

warnings.filterwarnings("ignore")
FIXTURES = pathlib.Path(__file__).parents[2] / "packages/onnx/test/fixtures"
# Bytes of data and model; the few larger ones would be most of the file.
LARGEST = 40_000
TYPES = {
    TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.BOOL, TensorProto.UINT8, TensorProto.INT8, TensorProto.UINT16,
    TensorProto.INT16, TensorProto.UINT32, TensorProto.INT32, TensorProto.UINT64, TensorProto.INT64,
}  # fmt: skip

left_out = collections.defaultdict(list)
chunks = []
kept = 0


def why_not(case):
    values = [*case.model.graph.input, *case.model.graph.output]
    if any(not value.type.HasField("tensor_type") for value in values):
        return "sequences, maps and optional values, which are no tensors"
    types = {value.type.tensor_type.elem_type for value in values} - TYPES
    if types:
        return "types other than float32, float64, bool and integers of 8 to 64 bits"
    return None


def proto(array, name):
    return array if isinstance(array, TensorProto) else numpy_helper.from_array(np.asarray(array), name)


for case in sorted(collect_testcases(None), key=lambda case: case.name):
    reason = why_not(case)
    if reason:
        left_out[reason].append(case.name)
        continue
    inputs, outputs = case.data_sets[0]
    data = []
    for side, values, arrays in (("input", case.model.graph.input, inputs), ("output", case.model.graph.output, outputs)):
        for value, array in zip(values, arrays, strict=False):
            tensor = proto(array, value.name)
            tensor.name = f"{side}:{value.name}"
            data.append(tensor)
    graph = helper.make_graph([], case.name, [], [], data)
    pair = [case.model.SerializeToString(), helper.make_model(graph).SerializeToString()]
    if sum(map(len, pair)) > LARGEST:
        left_out[f"more than {LARGEST} bytes"].append(case.name)
        continue
    for message in pair:
        chunks.append(struct.pack("<I", len(message)) + message)
    kept += 1

FIXTURES.mkdir(parents=True, exist_ok=True)
packed = gzip.compress(b"".join(chunks), 9, mtime=0)
(FIXTURES / "node-tests.bin.gz").write_bytes(packed)
content = {"made_by": "tools/reference/onnx_node_tests.py", "onnx": onnx.__version__, "tests": kept, "left_out": left_out}
(FIXTURES / "node-tests.json").write_text(json.dumps(content, indent=2) + "\n")
print(f"{kept} tests, {len(packed)} bytes; left out: { {reason: len(names) for reason, names in left_out.items()} }", file=sys.stderr)
