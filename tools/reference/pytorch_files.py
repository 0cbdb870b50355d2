"""Files of torch.save, and what torch reads from them, for the tests of packages/weights.

    python tools/reference/pytorch_files.py packages/weights/src/pytorch/__golden__

Writes small .pth files of both formats and golden.json: per file either its tensors (dtype, shape, values; integers of
64 bits as text, not finite numbers as text) or the code of the error that is expected. Names of tensors follow the rule
of packages/weights (state-dict.ts), which is applied here by hand.
"""

import hashlib
import json
import math
import sys
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path

import torch

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
files = {}


def value(x, dtype):
    if dtype == torch.int64:
        return str(x)
    if isinstance(x, float) and not math.isfinite(x):
        return str(x).replace("inf", "Infinity").replace("nan", "NaN")
    return int(x) if isinstance(x, bool) else x


def described(tensors):
    return {
        name: {
            "dtype": str(t.dtype).removeprefix("torch."),
            "shape": list(t.shape),
            "values": [value(x, t.dtype) for x in t.detach().contiguous().flatten().tolist()],
        }
        for name, t in tensors.items()
    }


def save(name, saved, tensors=None, error=None, **options):
    torch.save(saved, out / name, **options)
    files[name] = {"error": error} if error else {"tensors": described(tensors)}


torch.manual_seed(1)
base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
bias = torch.randn(5)
state = OrderedDict()
for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
    special = torch.tensor([0.0, -0.0, 1 / 3, -2.5, math.inf, -math.inf, math.nan, 1e-7])
    state[f"floats.{dtype}".replace("torch.", "")] = special.to(dtype)
for dtype, low, high in (
    (torch.int64, -(2**63), 2**63 - 1),
    (torch.int32, -(2**31), 2**31 - 1),
    (torch.int16, -(2**15), 2**15 - 1),
    (torch.int8, -128, 127),
    (torch.uint8, 0, 255),
):
    state[f"integers.{dtype}".replace("torch.", "")] = torch.tensor([low, 7, high], dtype=dtype)
state["flags"] = torch.tensor([True, False, True])
state["scalar"] = torch.tensor(42)
state["empty"] = torch.empty(0, 3)
state["transposed"] = base.permute(2, 0, 1)
state["rows"] = base[:, 1, ::2]
state["slice"] = base[1]
state["column"] = base[:, :, 3:4]
state["expanded"] = torch.tensor([1.5, -1.5]).unsqueeze(1).expand(2, 3)
state["halves"] = torch.arange(6, dtype=torch.float16).reshape(2, 3).t()
state["tied.weight"] = bias
state["tied.again"] = bias
state["weight"] = torch.nn.Parameter(torch.randn(2, 2))
state._metadata = OrderedDict([("", {"version": 1})])

save("zip.pth", state, state)
save("legacy.pth", state, state, _use_new_zipfile_serialization=False)
save("protocol-4.pth", state, state, pickle_protocol=4)

with_attribute = torch.nn.Parameter(torch.ones(2))
with_attribute.note = "kept beside"
save("attribute.pth", {"w": with_attribute}, {"w": with_attribute})

small = OrderedDict(weight=torch.randn(2, 3), bias=torch.randn(2))
parameter = torch.nn.Parameter(torch.zeros(3))
optimizer = torch.optim.Adam([parameter])
parameter.grad = torch.ones(3)
optimizer.step()
checkpoint = {
    "epoch": 7,
    "name": "gan \u00e9",
    "loss": 0.25,
    "large": 2**70,
    "done": None,
    "shape": torch.Size([2, 3]),
    "device": torch.device("cuda:0"),
    "dtype": torch.float32,
    "milestones": Counter([3, 5, 5]),
    "seen": {1, 2},
    "raw": b"\x00\xff",
    "optimizer": optimizer.state_dict(),
    "state_dict": small,
}
save("checkpoint.pth", checkpoint, small)
save("checkpoint-legacy.pth", checkpoint, small, _use_new_zipfile_serialization=False)
save("wrapped-twice.pth", {"model": {"state_dict": small}, "epoch": 1}, small)
save(
    "nested.pth",
    {"encoder": {"0": small}, "heads": [small["bias"], (small["weight"], 3)], "epoch": 1},
    {
        "encoder.0.weight": small["weight"],
        "encoder.0.bias": small["bias"],
        "heads.0": small["bias"],
        "heads.1.0": small["weight"],
    },
)
save("alone.pth", small["weight"], {"": small["weight"]})

torch.serialization.set_crc32_options(False)
save("no-crc.pth", small, small)
torch.serialization.set_crc32_options(True)

# Everything of the directory as ZIP64, as in a file beyond 4 GiB.
with zipfile.ZipFile(out / "zip.pth") as source:
    zipfile.ZIP64_LIMIT = -1
    with zipfile.ZipFile(out / "zip-64.pth", "w") as target:
        for info in source.infolist():
            target.writestr(zipfile.ZipInfo(info.filename), source.read(info))
    zipfile.ZIP64_LIMIT = (1 << 31) - 1
files["zip-64.pth"] = files["zip.pth"]

save("module.pth", torch.nn.Linear(2, 2), error="weights-global")
save("complex.pth", {"w": torch.zeros(2, dtype=torch.complex64)}, error="weights-dtype")
save("uint16.pth", {"w": torch.zeros(2, dtype=torch.uint16)}, error="weights-dtype")
save("float8.pth", {"w": torch.zeros(2, dtype=torch.float8_e4m3fn)}, error="weights-dtype")
save("sparse.pth", {"w": torch.eye(2).to_sparse()}, error="weights-global")
save("numbers.pth", {"epoch": 3}, error="weights-format")

# Every float16 as float32: not a number is 0 here, because its payload is not defined.
halves = torch.arange(65536, dtype=torch.int32).to(torch.int16).view(torch.float16).float()
halves = torch.where(halves.isnan(), torch.zeros(()), halves)
golden = {
    "versions": {"python": sys.version.split()[0], "torch": torch.__version__},
    "float16Sha256": hashlib.sha256(halves.numpy().tobytes()).hexdigest(),
    "files": files,
}
(out / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
