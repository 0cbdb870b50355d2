"""The detectors that onnx_exports.py exports: real architectures in small, with random weights of a fixed seed.

Each takes images [batch, 3, 32, 32] in [0, 1] and gives a score per image, [batch] or [batch, 1], or what a score can be
read from. torchvision's own classes wherever they let themselves be made small.
"""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.densenet import DenseNet
from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3
from torchvision.models.shufflenetv2 import ShuffleNetV2
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer


class BasicBlock(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.skip = nn.Identity()
        if stride > 1:
            self.skip = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        hidden = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.skip(x) + self.norm2(self.conv2(hidden)))


class ResNet(nn.Module):
    """torchvision's ResNet has at least 64 channels; this is its layout with 8 to 16."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        self.blocks = nn.Sequential(BasicBlock(8, 8, 1), BasicBlock(8, 12, 2), BasicBlock(12, 16, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 1)

    def forward(self, x):
        return self.fc(torch.flatten(self.pool(self.blocks(self.stem(x))), 1)).squeeze(1)


def mobilenet():
    """Depthwise convolutions, squeeze-and-excitation, hard-swish, hard-sigmoid."""
    block = partial(InvertedResidualConfig, width_mult=1.0)
    blocks = [
        block(8, 3, 8, 8, True, "RE", 2, 1),
        block(8, 3, 24, 16, False, "RE", 2, 1),
        block(16, 5, 32, 16, True, "HS", 1, 1),
        block(16, 5, 32, 24, True, "HS", 2, 1),
    ]
    return MobileNetV3(blocks, last_channel=32, num_classes=1)


class ChannelNorm(nn.Module):
    """GroupNorm, which exports differently at every opset."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(4, channels)

    def forward(self, x):
        return F.silu(self.norm(x))


class UNet(nn.Module):
    """An anomaly map by transposed convolution and bilinear enlargement, and its maximum as the score."""

    def __init__(self):
        super().__init__()
        self.down1 = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1), ChannelNorm(8))
        self.down2 = nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1), ChannelNorm(16))
        self.down3 = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(16, 16, 3, 2), ChannelNorm(16))
        self.up1 = nn.ConvTranspose2d(16, 16, 3, 2, 1, output_padding=1)
        self.up2 = nn.Conv2d(32, 8, 3, 1, 1)
        self.head = nn.Conv2d(16, 1, 1)

    def forward(self, x):
        one = self.down1(x)
        two = self.down2(one)
        up = torch.cat([F.leaky_relu(self.up1(self.down3(two))), two], 1)
        up = F.interpolate(F.elu(self.up2(up)), scale_factor=2.0, mode="bilinear", align_corners=False)
        anomaly_map = F.softplus(self.head(torch.cat([up, one], 1)))
        return anomaly_map.amax((1, 2, 3)), anomaly_map


def vit():
    """torchvision's ViT: scaled dot-product attention, LayerNorm, GELU."""
    model = VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=24, mlp_dim=48, num_classes=1
    )
    # torchvision starts the head at zero.
    nn.init.normal_(model.heads.head.weight, std=0.3)
    return model


def swin():
    """Shifted windows: torch.roll, window partition, relative position bias, attention mask."""
    return SwinTransformer(
        patch_size=[4, 4],
        embed_dim=8,
        depths=[2, 2],
        num_heads=[1, 2],
        window_size=[2, 2],
        stochastic_depth_prob=0.0,
        num_classes=1,
    )


def convnext():
    """7x7 depthwise convolutions and LayerNorm over channels."""
    return ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)], layer_scale=0.5, num_classes=1)


def densenet():
    """Concatenation, average pooling. Small images leave one pixel to the last pool."""
    return DenseNet(growth_rate=4, block_config=(2, 2), num_init_features=8, num_classes=1)


def shufflenet():
    """Channel shuffle: reshape, transpose, split."""
    return ShuffleNetV2([2, 2, 1], [8, 16, 24, 32, 32], num_classes=1)


class ImageNetNormalized(nn.Module):
    """The usual normalization inside the graph, and a softmax over two classes; the second one means anomalous."""

    def __init__(self, body):
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, x):
        logit = self.body((x - self.mean) / self.std)
        return torch.softmax(torch.cat([-logit, logit], 1), 1)


class Autoencoder(nn.Module):
    """The reconstruction error is the score, inside the graph."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(
            nn.Conv2d(3, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 16, 4, 2, 1), nn.InstanceNorm2d(16), nn.Mish()
        )
        self.bottleneck = nn.Sequential(nn.Flatten(), nn.Linear(16 * 8 * 8, 8), nn.Tanh(), nn.Linear(8, 16 * 8 * 8))
        self.decode = nn.Sequential(
            nn.ConvTranspose2d(16, 8, 4, 2, 1), nn.PReLU(8), nn.ConvTranspose2d(8, 3, 4, 2, 1), nn.Sigmoid()
        )

    def forward(self, x):
        code = self.bottleneck(self.encode(x))
        reconstruction = self.decode(code.reshape(-1, 16, 8, 8))
        return (x - reconstruction).square().mean((1, 2, 3)), reconstruction


class Features(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU())
        self.two = nn.Sequential(nn.Conv2d(8, channels - 8, 3, 2, 1), nn.BatchNorm2d(channels - 8), nn.ReLU())

    def forward(self, x):
        one = self.one(x)
        two = self.two(one)
        two = F.interpolate(two, size=one.shape[-2:], mode="bilinear", align_corners=False)
        return torch.cat([one, two], 1)


class PatchCoreLike(nn.Module):
    """PatchCore's score (Roth et al. 2022): the largest distance of a patch to its nearest neighbor in a bank, weighted
    by softmax over the neighbor's neighbors."""

    def __init__(self):
        super().__init__()
        self.features = Features(24)
        self.register_buffer("bank", torch.rand(40, 24))

    def forward(self, x):
        patches = F.avg_pool2d(self.features(x), 3, 1, 1).flatten(2).transpose(1, 2)
        distances = torch.cdist(patches.reshape(-1, 24), self.bank).reshape(x.shape[0], -1, 40)
        nearest, index = distances.min(2)
        score, patch = nearest.max(1)
        neighbor = self.bank[index.gather(1, patch[:, None]).squeeze(1)]
        support = torch.cdist(neighbor, self.bank).topk(5, largest=False).indices
        patch_features = patches[torch.arange(x.shape[0], device=x.device), patch]
        to_support = torch.linalg.vector_norm(patch_features[:, None] - self.bank[support], dim=2)
        weight = 1 - torch.softmax(to_support, 1)[:, 0]
        return weight * score


class PaDiMLike(nn.Module):
    """PaDiM's score (Defard et al. 2021): the largest Mahalanobis distance over positions."""

    def __init__(self):
        super().__init__()
        self.features = Features(16)
        self.register_buffer("chosen", torch.randperm(16)[:8])
        self.register_buffer("mean", torch.rand(8, 16 * 16))
        root = torch.randn(16 * 16, 8, 8) / 3
        self.register_buffer("inverse", root @ root.transpose(1, 2) + 0.1 * torch.eye(8))

    def forward(self, x):
        features = self.features(x).index_select(1, self.chosen).flatten(2)
        delta = (features - self.mean).permute(2, 0, 1)
        distance = ((delta @ self.inverse) * delta).sum(2).permute(1, 0).clamp(0).sqrt()
        return distance.amax(1), distance.reshape(-1, 1, 16, 16)


class BytesNhwc(nn.Module):
    """A model that takes bytes [1, height, width, 3], as serving code often wants it; one image a run."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x.permute(0, 3, 1, 2).to(torch.float32) / 255)[0]
