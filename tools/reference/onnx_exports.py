"""Writes packages/onnx/test/fixtures/exports: detectors as PyTorch and anomalib export them, with the score that
onnxruntime gives and the gradient of the summed score that PyTorch's autograd gives in float64.

    pip install torch torchvision onnx onnxruntime onnxscript safetensors anomalib
    OMP_NUM_THREADS=1 python tools/reference/onnx_exports.py SqueezeNet_fp16_f32io.onnx

Names end in the exporter (t: TorchScript, d: dynamo) and the opset.
"""

import json
import pathlib
import sys
import tempfile
import warnings
from unittest import mock

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from safetensors.numpy import save_file
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional as F

import onnx_architectures as a

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
FOLDER = pathlib.Path(__file__).parents[2] / "packages/onnx/test/fixtures/exports"
BATCH = torch.export.Dim("batch", min=1, max=4096)

golden = {}
models = {}


def seeded(make, seed):
    """A model in evaluation mode whose activations are of order 1, so that scores and gradients are no rounding noise."""
    torch.manual_seed(seed)
    model = make()
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
    if any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
        with torch.no_grad():
            model.train()(images((32, 3, 32, 32), seed))
    return model.eval()


def images(shape, seed=0):
    """Uniform in [0, 1]."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def export(model, x, path, exporter, opset, outputs, fixed):
    names = {"input_names": ["x"], "output_names": outputs}
    if exporter == "t":
        # PRESERVE keeps batch norms, which the exporter else merges into the convolutions.
        axes = {} if fixed else {name: {0: "batch"} for name in ["x", *outputs]}
        torch.onnx.export(
            model, (x,), path, dynamo=False, opset_version=opset, training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False, dynamic_axes=axes, **names,
        )
    else:
        shapes = None if fixed else ({0: BATCH},)
        torch.onnx.export(
            model, (x,), path, dynamo=True, opset_version=opset, dynamic_shapes=shapes, external_data=False,
            verbose=False, **names,
        )


def add(name, model, exporter, opset, outputs=("score",), x=None, index=None, fixed=False, differentiable=True):
    x = images((2, 3, 32, 32)) if x is None else x
    path = FOLDER / f"{name}-{exporter}{opset}.onnx"
    export(model, x, str(path), exporter, opset, list(outputs), fixed)
    record(path, model, x, outputs[0], index, differentiable)


def slim(path):
    """Without the exporter's notes (stack traces of every node), which are most of a small file."""
    model = onnx.load(path)
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    for group in (model.graph.value_info, model.graph.input, model.graph.output, model.graph.initializer):
        for value in group:
            value.ClearField("doc_string")
            del value.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.metadata_props[:]
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return model


def stored(x):
    """Name of the input among the golden tensors; equal inputs are stored once."""
    for name, value in golden.items():
        if name.startswith("images") and value.dtype == x.numpy().dtype and np.array_equal(value, x.numpy()):
            return name
    name = f"images{sum(key.startswith('images') for key in golden)}"
    golden[name] = x.numpy()
    return name


def record(path, model, x, output, index=None, differentiable=True):
    proto = slim(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    score = session.run([output], {session.get_inputs()[0].name: x.numpy()})[0]
    with torch.no_grad():
        expected = score_of(model(x)).to(torch.float32)
    torch.testing.assert_close(torch.from_numpy(score).reshape(expected.shape), expected, rtol=1e-3, atol=1e-4)
    golden[f"{path.stem}/score"] = score.astype(np.float32)
    if differentiable:
        model.double()
        leaf = x.double().requires_grad_(True)
        # anomalib computes features under no_grad.
        with mock.patch.object(torch, "no_grad", torch.enable_grad):
            value = score_of(model(leaf))
        (value if index is None else value[:, index]).sum().backward()
        gradient = leaf.grad.float().numpy()
        assert np.abs(gradient).max() > 1e-7, path.stem
        golden[f"{path.stem}/gradient"] = gradient
        model.float()
    models[path.stem] = {
        "input": stored(x),
        "output": output,
        "producer": f"{proto.producer_name} {proto.producer_version}".strip(),
        "opset": max(o.version for o in proto.opset_import if o.domain in ("", "ai.onnx")),
        "bytes": path.stat().st_size,
        "operators": sorted({node.op_type for node in proto.graph.node}),
        **({} if index is None else {"index": index}),
    }
    print(f"{path.stem:24} {path.stat().st_size:8} bytes  score {score.flatten()[:2]}", file=sys.stderr)


def score_of(result):
    return result.pred_score if hasattr(result, "pred_score") else result[0] if isinstance(result, tuple) else result


def add_anomalib():
    """PatchCore and PaDiM by anomalib itself: its export, its pre-processing, its post-processing inside the graph.
    The backbone has random weights; pretrained ones would be a download."""
    from anomalib.models import Padim, Patchcore

    normal = images((12, 3, 32, 32), 5) * 0.5 + 0.25
    x = images((2, 3, 32, 32), 6)
    backbone = {"backbone": "test_efficientnet", "layers": ["blocks.0", "blocks.1"], "pre_trained": False}
    # The coreset's projection is scikit-learn's, which draws from numpy.
    np.random.seed(11)
    torch.manual_seed(11)
    patchcore = Patchcore(**backbone, pre_processor=Patchcore.configure_pre_processor((32, 32)), coreset_sampling_ratio=0.03, num_neighbors=5, evaluator=False, visualizer=False)
    torch.manual_seed(12)
    padim = Padim(**backbone, pre_processor=Padim.configure_pre_processor((32, 32)), n_features=10, evaluator=False, visualizer=False)
    for name, lightning in {"anomalib-patchcore": patchcore, "anomalib-padim": padim}.items():
        for module in lightning.model.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.running_var, 0.2, 0.6)
        # As Engine.fit does: collect embeddings of the normal images, then build bank or Gaussians.
        lightning.model.train()
        with torch.no_grad():
            lightning.model(lightning.pre_processor(normal))
        lightning.fit()
        lightning.eval()
        # What anomalib sets from validation scores: normalized scores are clamped to [0, 1], so they have to spread.
        with torch.no_grad():
            raw = lightning.model(lightning.pre_processor(x))
        post = lightning.post_processor
        for key, values in (("image", raw.pred_score), ("pixel", raw.anomaly_map)):
            getattr(post, f"{key}_min").fill_(values.min() * 0.5)
            getattr(post, f"{key}_max").fill_(values.max() * 1.5)
            getattr(post, f"{key}_threshold").fill_(values.mean())
        for module in lightning.model.modules():
            if hasattr(module, "requires_grad") and isinstance(module.requires_grad, bool):
                module.requires_grad = True
        with tempfile.TemporaryDirectory() as folder:
            made = lightning.to_onnx(folder, input_size=(32, 32), opset_version=18, verbose=False, external_data=False)
            path = FOLDER / f"{name}-d18.onnx"
            path.write_bytes(pathlib.Path(made).read_bytes())
        record(path, lightning, x, "pred_score", None)


class SqueezeNetStart(nn.Module):
    """The graph that add_squeezenet cuts, for autograd."""

    def __init__(self, weights):
        super().__init__()
        for name, value in weights.items():
            self.register_buffer(name.replace("/", "_"), torch.tensor(value))

    def conv(self, x, name, **options):
        weight, bias = (getattr(self, f"{name}_{kind}_0".replace("/", "_")) for kind in "wb")
        return torch.relu(F.conv2d(x, weight, bias, **options))

    def fire(self, x, name):
        x = self.conv(x, f"{name}/squeeze1x1")
        return torch.cat([self.conv(x, f"{name}/expand1x1"), self.conv(x, f"{name}/expand3x3", padding=1)], 1)

    def forward(self, x):
        x = F.max_pool2d(self.conv(x, "conv1", stride=2), 3, 2)
        return self.fire(self.fire(x, "fire2"), "fire3").mean((1, 2, 3))


def add_squeezenet(source):
    """Up to fire3 of SqueezeNet 1.1 (MIT; github.com/microsoft/Windows-Machine-Learning, commit 155b5ee,
    SharedContent/models/SqueezeNet_fp16.onnx, with squeezenet-LICENSE), weights in float32, 32 x 32 pixels, and the mean
    activation as a score: opset 7 of 2018, written by Caffe2."""
    graph = onnx.load(source).graph
    last = next(i for i, node in enumerate(graph.node) if "fire3/concat_1" in node.output)
    nodes = [node for node in graph.node[: last + 1] if node.op_type != "Cast"]
    nodes[0].input[0] = "data_0"
    nodes.append(helper.make_node("ReduceMean", ["fire3/concat_1"], ["score"], axes=[1, 2, 3], keepdims=0))
    used = {name for node in nodes for name in node.input}
    weights = {t.name: numpy_helper.to_array(t).astype(np.float32) for t in graph.initializer if t.name in used}
    value = lambda name, shape: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    inputs = [value("data_0", [1, 3, 32, 32]), *(value(name, w.shape) for name, w in weights.items())]
    cut = helper.make_graph(
        nodes, graph.name, inputs, [value("score", [1])], [numpy_helper.from_array(w, n) for n, w in weights.items()]
    )
    model = helper.make_model(cut, opset_imports=[helper.make_opsetid("", 7)], ir_version=3, producer_name="onnx-caffe2")
    path = FOLDER / "squeezenet-7.onnx"
    onnx.save(model, path)
    record(path, SqueezeNetStart(weights).eval(), images((1, 3, 32, 32), 2) * 255, "score", None)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.onnx"):
        old.unlink()
    add("resnet", seeded(a.ResNet, 1), "t", 13)
    add("resnet", seeded(a.ResNet, 1), "d", 18)
    add("mobilenet", seeded(a.mobilenet, 2), "t", 17)
    add("mobilenet", seeded(a.mobilenet, 2), "d", 18)
    add("unet", seeded(a.UNet, 3), "t", 17, ("score", "anomaly_map"))
    add("unet", seeded(a.UNet, 3), "d", 20, ("score", "anomaly_map"))
    for exporter, opset in (("t", 14), ("t", 17), ("d", 18), ("d", 20)):
        add("vit", seeded(a.vit, 4), exporter, opset)
    add("swin", seeded(a.swin, 5), "d", 18)
    add("convnext", seeded(a.convnext, 6), "d", 18)
    add("densenet", seeded(a.densenet, 7), "t", 13)
    add("shufflenet", seeded(a.shufflenet, 8), "t", 13)
    add("softmax", seeded(lambda: a.ImageNetNormalized(a.shufflenet()), 9), "d", 18, ("probabilities",), index=1)
    add("autoencoder", seeded(a.Autoencoder, 10), "t", 18, ("score", "reconstruction"))
    add("autoencoder", seeded(a.Autoencoder, 10), "d", 20, ("score", "reconstruction"))
    add("patchcore", seeded(a.PatchCoreLike, 11), "t", 17)
    add("patchcore", seeded(a.PatchCoreLike, 11), "d", 18)
    add("padim", seeded(a.PaDiMLike, 12), "d", 18, ("score", "anomaly_map"))
    add("resnet-one", seeded(a.ResNet, 13), "t", 17, x=images((1, 3, 32, 32), 2), fixed=True)
    bytes_ = (images((1, 32, 32, 3), 3) * 255).to(torch.uint8)
    add("bytes-nhwc", a.BytesNhwc(seeded(a.ResNet, 14)), "d", 18, x=bytes_, fixed=True, differentiable=False)
    add_squeezenet(sys.argv[1])
    add_anomalib()
    import anomalib
    import timm

    versions = {m.__name__: m.__version__ for m in (torch, torchvision, onnx, onnxruntime, anomalib, timm, np)}
    save_file(golden, FOLDER / "golden.safetensors")
    (FOLDER / "golden.safetensors").chmod(0o644)
    content = {"made_by": "tools/reference/onnx_exports.py", "versions": versions, "models": models}
    (FOLDER / "golden.json").write_text(json.dumps(content, indent=2) + "\n")
