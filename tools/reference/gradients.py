"""Golden gradients of TensorFlow.js functions that the layers of core do not cover, as PyTorch computes them in float64.

usage: python tools/reference/gradients.py > packages/backend-ort/test/gradients.golden.json
"""
import torch
import torch.nn.functional as F
from golden import Golden, given, nchw, nhwc, oihw

golden = Golden("gradients.py")


def images(shape, **more):
    return given(shape, 0.37, 0.2, **more)


def filters(shape):
    return given(shape, 0.63, 0.2, 0.3)


# conv2dTranspose: filter [height, width, out, in].
def transposed(**options):
    return lambda x, w: nhwc(F.conv_transpose2d(nchw(x), w.permute(3, 2, 0, 1), **options))


golden.add("conv2dTranspose, kernel 4, stride 2, pad 1", transposed(stride=2, padding=1), x=images([2, 3, 4, 3]), filter=filters([4, 4, 2, 3]))
golden.add("conv2dTranspose, kernel 3, stride 2, pad 1, one more row", transposed(stride=2, padding=1, output_padding=1), x=images([1, 3, 3, 2]), filter=filters([3, 3, 3, 2]))
golden.add("conv2dTranspose, stride 1, 16 channels", transposed(padding=1), x=images([2, 3, 3, 16]), filter=filters([3, 3, 16, 16]))


# depthwiseConv2d: filter [height, width, in, multiplier], outputs in the order of the inputs.
def depthwise(**options):
    def run(x, w):
        h, width, channels, multiplier = w.shape
        weight = w.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, h, width)
        return nhwc(F.conv2d(nchw(x), weight, groups=channels, **options))

    return run


golden.add("depthwiseConv2d, pad 1", depthwise(padding=1), x=images([2, 4, 5, 3]), filter=filters([3, 3, 3, 1]))
golden.add("depthwiseConv2d, stride 2, two filters a channel", depthwise(stride=2, padding=1), x=images([1, 5, 5, 2]), filter=filters([3, 3, 2, 2]))
golden.add("depthwiseConv2d, 16 channels", depthwise(padding=1), x=images([2, 3, 3, 16]), filter=filters([3, 3, 16, 1]))
golden.add("conv2d, dilation 2", lambda x, w: nhwc(F.conv2d(nchw(x), oihw(w), padding=2, dilation=2)), x=images([2, 5, 5, 2]), filter=filters([3, 3, 2, 3]))
golden.add("conv2d, dilation 2, 16 channels", lambda x, w: nhwc(F.conv2d(nchw(x), oihw(w), padding=2, dilation=2)), x=images([1, 5, 5, 16]), filter=filters([3, 3, 16, 16]))


def max_pool(*args, **options):
    return lambda x: nhwc(F.max_pool2d(nchw(x), *args, **options))


# Rounded to few levels: most windows have several maxima, and the first one takes the gradient.
golden.add("maxPool, tiles with ties", max_pool(2), x=images([2, 4, 6, 2], levels=1))
golden.add("maxPool, tiles with ties, 16 channels", max_pool(2), x=images([2, 4, 4, 16], levels=1))
golden.add("maxPool, overlapping with ties", max_pool(3, 2, 1), x=images([2, 5, 5, 2], levels=1))
golden.add("avgPool, pad 1", lambda x: nhwc(F.avg_pool2d(nchw(x), 3, 2, 1, count_include_pad=False)), x=images([2, 5, 6, 3]))


def interpolate(**options):
    return lambda x: nhwc(F.interpolate(nchw(x), **options))


golden.add("resizeNearestNeighbor, doubled", interpolate(scale_factor=2, mode="nearest"), x=images([3, 2, 3, 2]))
golden.add("resizeNearestNeighbor, doubled, 16 channels", interpolate(scale_factor=2, mode="nearest"), x=images([2, 2, 3, 16]))
golden.add("resizeNearestNeighbor, 3x4 to 5x7", interpolate(size=(5, 7), mode="nearest"), x=images([2, 3, 4, 2]))
golden.add("resizeNearestNeighbor, half-pixel centers, 3x4 to 5x7", interpolate(size=(5, 7), mode="nearest-exact"), x=images([2, 3, 4, 2]))
for size in [(6, 8), (5, 7), (2, 3)]:
    for align in [False, True]:
        mode = "aligned corners" if align else "half-pixel centers"
        golden.add(
            f"resizeBilinear, {mode}, 3x4 to {size[0]}x{size[1]}",
            interpolate(size=size, mode="bilinear", align_corners=align), x=images([2, 3, 4, 2]),
        )
golden.add("mirrorPad, reflect", lambda x: nhwc(F.pad(nchw(x), (1, 2, 2, 1), mode="reflect")), x=images([2, 3, 4, 2]))

golden.add("leakyRelu", lambda x: F.leaky_relu(x, 0.2), x=images([2, 3, 3, 2]))
golden.add("prelu, one slope a channel", lambda x, a: torch.where(x > 0, x, a * x), x=images([2, 2, 2, 3]), alpha=given([3], 0.9, 0.5))
golden.add("elu", F.elu, x=images([20]))
golden.add("selu", F.selu, x=images([20]))
golden.add("softplus", F.softplus, x=images([20], scale=4.0))
golden.add("erf", torch.erf, x=images([20], scale=2.0))
golden.add("maximum with a row", torch.maximum, a=images([3, 4]), b=given([4], 0.9, 0.5))
golden.add("minimum with a scalar", torch.minimum, a=images([3, 4]), b=given([], 0.9, 0.1))
golden.add("cumsum over the first axis", lambda x: torch.cumsum(x, 0), x=images([4, 3]))
golden.add("prod over the last axis, with a zero", lambda x: torch.prod(x, -1), x=images([3, 4], levels=2))
golden.add("softmax", lambda x: F.softmax(x, -1), x=images([3, 5], scale=3.0))
golden.add("logSoftmax", lambda x: F.log_softmax(x, -1), x=images([3, 5], scale=3.0))
golden.add("logSumExp", lambda x: torch.logsumexp(x, 1), x=images([3, 5], scale=3.0))
golden.add("matMul of batches, second transposed", lambda a, b: a @ b.transpose(1, 2), a=images([2, 3, 4]), b=given([2, 5, 4], 0.63, 0.2))
golden.add(
    "localResponseNormalization",
    lambda x: nhwc(F.local_response_norm(nchw(x), 5, alpha=5.0, beta=0.75, k=1.0)), x=images([1, 2, 2, 6]),
)
golden.print()
