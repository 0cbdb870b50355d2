"""Golden values of the layers of packages/core/src/nn: outputs, gradients and states as PyTorch computes them in float64.

usage: python tools/reference/layers.py > packages/core/test/layers.golden.json
"""
import torch
import torch.nn.functional as F
from golden import Golden, given, nchw, nhwc, oihw

golden = Golden("layers.py")


def conv(**options):
    return lambda x, w, b: nhwc(F.conv2d(nchw(x), oihw(w), b, **options))


def conv_inputs(x, kernel, out):
    channels = x[-1]
    return {
        "x": given(x, 0.37, 0.2),
        "conv/weight": given([kernel, kernel, channels, out], 0.63, 0.2, 0.3),
        "conv/bias": given([out], 0.9, 0.5),
    }


golden.add("conv", conv(padding=1), **conv_inputs([2, 4, 5, 3], 3, 4))
golden.add("conv, stride 2, pad 1", conv(stride=2, padding=1), **conv_inputs([2, 5, 6, 3], 3, 2))
golden.add("conv, kernel 4, stride 2, pad 1", conv(stride=2, padding=1), **conv_inputs([1, 6, 4, 2], 4, 3))
golden.add("conv, pad 0", conv(), **conv_inputs([2, 5, 5, 1], 5, 3))
golden.add("conv, 16 to 16 channels", conv(padding=1), **conv_inputs([2, 4, 4, 16], 3, 16))
golden.add("conv, kernel 1", conv(), **conv_inputs([2, 3, 3, 16], 1, 8))
golden.add(
    "linear",
    lambda x, w, b: x @ w + b,
    **{"x": given([3, 5], 0.37, 0.2), "fc/weight": given([5, 4], 0.63, 0.2), "fc/bias": given([4], 0.9, 0.5)},
)


def batch_norm(shape, training):
    channels = shape[-1]
    bn = torch.nn.BatchNorm2d(channels, eps=1e-5)

    def run(x, weight, bias):
        image = nchw(x) if len(shape) == 4 else x[:, :, None, None]
        # The layer's parameters take part as inputs.
        if training:
            bn.train()
            del bn._parameters["weight"], bn._parameters["bias"]
            bn.weight, bn.bias = weight, bias
            y = bn(image)
        else:
            mean, variance = torch.full([channels], 0.25), torch.full([channels], 1.5)
            y = F.batch_norm(image, mean, variance, weight, bias, False, 0.1, 1e-5)
        return nhwc(y) if len(shape) == 4 else y[:, :, 0, 0]

    also = (lambda: {"running_mean": bn.running_mean, "running_var": bn.running_var}) if training else (lambda: {})
    return run, also, {
        "x": given(shape, 0.37, 0.2),
        "norm/weight": given([channels], 0.7, 0.3),
        "norm/bias": given([channels], 0.7, 0.5),
    }


for name, shape, training in [
    ("batch norm, rank 4", [2, 3, 3, 4], True),
    ("batch norm, rank 4, 16 channels", [2, 3, 3, 16], True),
    ("batch norm, rank 2", [6, 3], True),
    ("batch norm, evaluate", [2, 2, 3, 4], False),
]:
    run, also, inputs = batch_norm(shape, training)
    golden.add(name, run, also, **inputs)


def conditional(x, condition, weight, bias):
    both = condition @ weight + bias
    channels = x.shape[-1]
    scale, shift = 1 + both[:, :channels], both[:, channels:]
    y = nhwc(F.batch_norm(nchw(x), None, None, None, None, True, 0.1, 1e-5))
    return y * scale[:, None, None] + shift[:, None, None]


for channels in [3, 16]:
    golden.add(
        f"conditional batch norm, {channels} channels",
        conditional,
        **{
            "x": given([2, 3, 2, channels], 0.37, 0.2),
            "condition": given([2, 4], 0.8, 0.6),
            "norm/condition/weight": given([4, 2 * channels], 0.63, 0.2, 0.3),
            "norm/condition/bias": given([2 * channels], 0.9, 0.5, 0.3),
        },
    )


def spectral(layer, apply, transpose):
    """One power iteration in training mode from a given u, as torch.nn.utils.spectral_norm does it."""
    state = {}

    def run(x, weight, u):
        torch.nn.utils.spectral_norm(layer, n_power_iterations=1)
        del layer._parameters["weight_orig"]
        layer.weight_orig = transpose(weight)
        layer.weight_u.copy_(u.detach().flatten() / u.detach().norm())
        layer.train()
        state["layer"] = layer
        return apply(layer, x)

    return run, lambda: {"u": state["layer"].weight_u}


run, also = spectral(
    torch.nn.Conv2d(3, 4, 3, padding=1, bias=False), lambda layer, x: nhwc(layer(nchw(x))), oihw
)
golden.add(
    "spectral norm of a conv", run, also,
    **{
        "x": given([2, 3, 4, 3], 0.37, 0.2),
        "conv/weight": given([3, 3, 3, 4], 0.63, 0.2),
        "conv/weight_u": given([4, 1], 0.9, 0.5),
    },
)
run, also = spectral(torch.nn.Linear(5, 3, bias=False), lambda layer, x: layer(x), lambda w: w.T)
golden.add(
    "spectral norm of a linear layer", run, also,
    **{
        "x": given([2, 5], 0.37, 0.2),
        "fc/weight": given([5, 3], 0.63, 0.2),
        "fc/weight_u": given([3, 1], 0.9, 0.5),
    },
)
for channels in [2, 16]:
    x = {"x": given([2, 4, 6, channels], 0.37, 0.2)}
    golden.add(f"down, {channels} channels", lambda x: nhwc(F.avg_pool2d(nchw(x), 2)), **x)
    golden.add(f"up, {channels} channels", lambda x: nhwc(F.interpolate(nchw(x), scale_factor=2)), **x)


def block(x, w1, scale, shift, w2, b2, skip):
    h = F.conv2d(nchw(x), oihw(w1), padding=1)
    h = F.leaky_relu(F.batch_norm(h, None, None, scale, shift, True, 0.1, 1e-5), 0.2)
    h = F.conv2d(F.interpolate(h, scale_factor=2), oihw(w2), b2, padding=1)
    s = F.conv2d(F.interpolate(nchw(x), scale_factor=2), oihw(skip))
    return nhwc(F.avg_pool2d(torch.relu(h + s), 2))


golden.add(
    "residual block of 16 channels", block,
    **{
        "x": given([2, 4, 4, 16], 0.37, 0.2),
        "first/weight": given([3, 3, 16, 16], 0.63, 0.2, 0.1),
        "norm/weight": given([16], 0.7, 0.3),
        "norm/bias": given([16], 0.7, 0.5),
        "second/weight": given([3, 3, 16, 8], 0.53, 0.4, 0.1),
        "second/bias": given([8], 0.9, 0.5),
        "skip/weight": given([1, 1, 16, 8], 0.43, 0.1, 0.3),
    },
)
golden.print()
