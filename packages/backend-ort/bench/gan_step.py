"""The PyTorch side of gan-step.mjs: the same network and the same work, from the same numbers with --load.

Usage: python gan_step.py [--width 16] [--batch 64] [--size 28] and the options of side.py
D's parameters take no gradient in the generator phase, as tfjs prunes them; power iterations (one a pass) carry none.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

import side

parser = side.parser(__doc__)
parser.add_argument("--width", type=int, default=16)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--size", type=int, default=28)
parser.add_argument("--flops", action="store_true", help="count one step's operations instead, for flops.mjs")
args = parser.parse_args()
side.prepare(args)
W, B, BINS, K = args.width, args.batch, 10, 2


class ConditionalNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False, track_running_stats=False)
        self.gain = nn.Embedding(BINS * K, channels)
        self.bias = nn.Embedding(BINS * K, channels)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.bias.weight)

    def forward(self, x, y):
        return self.norm(x) * self.gain(y)[:, :, None, None] + self.bias(y)[:, :, None, None]


class GeneratorBlock(nn.Module):
    def __init__(self, i, o, mode):
        super().__init__()
        self.mode = mode
        self.n1, self.c1 = ConditionalNorm(i), nn.Conv2d(i, o, 3, padding=1)
        self.n2, self.c2 = ConditionalNorm(o), nn.Conv2d(o, o, 3, padding=1)
        self.skip = nn.Conv2d(i, o, 1)

    def resample(self, x):
        if self.mode == "down":
            return F.avg_pool2d(x, 2)
        return F.interpolate(x, scale_factor=2) if self.mode == "up" else x

    def forward(self, x, y):
        h = F.relu(self.n1(x, y))
        if self.mode == "up":
            h = self.resample(h)
        h = self.c2(F.relu(self.n2(self.c1(h), y)))
        if self.mode == "down":
            h = self.resample(h)
        return h + self.skip(self.resample(x))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, W, 3, padding=1)
        shapes = [(W, 2 * W, "down"), (2 * W, 4 * W, "down"), (4 * W, 4 * W, ""), (4 * W, 2 * W, "up"), (2 * W, W, "up")]
        self.blocks = nn.ModuleList([GeneratorBlock(*shape) for shape in shapes])
        self.norm = ConditionalNorm(W)
        self.last = nn.Conv2d(W, 3, 3, padding=1)

    def forward(self, x, y):
        h = self.first(x)
        for block in self.blocks:
            h = block(h, y)
        return torch.tanh(self.last(F.relu(self.norm(h, y))))


spectral = torch.nn.utils.spectral_norm


class CriticBlock(nn.Module):
    def __init__(self, i, o, shrink):
        super().__init__()
        self.shrink = shrink
        self.c1 = spectral(nn.Conv2d(i, o, 3, padding=1))
        self.c2 = spectral(nn.Conv2d(o, o, 3, padding=1))
        self.skip = spectral(nn.Conv2d(i, o, 1))

    def forward(self, x):
        h, s = self.c2(F.relu(self.c1(F.relu(x)))), self.skip(x)
        return F.avg_pool2d(h, 2) + F.avg_pool2d(s, 2) if self.shrink else h + s


class Critic(nn.Module):
    def __init__(self, channels, outputs):
        super().__init__()
        self.blocks = nn.Sequential(CriticBlock(channels, W, True), CriticBlock(W, 2 * W, True), CriticBlock(2 * W, 4 * W, False))
        self.head = spectral(nn.Linear(4 * W, outputs))

    def forward(self, x):
        return self.head(F.relu(self.blocks(x)).sum((2, 3)))


def convolutions(i, o):
    return [nn.Conv2d(i, o, 5, padding=2, bias=False), nn.BatchNorm2d(o, affine=False), nn.LeakyReLU(), nn.MaxPool2d(2)]


edge = args.size // 8
phi = nn.Sequential(
    *convolutions(3, 32), *convolutions(32, 64), *convolutions(64, 128), nn.Flatten(),
    nn.Linear(edge * edge * 128, 512, bias=False), nn.BatchNorm1d(512, affine=False), nn.LeakyReLU(),
    nn.Linear(512, 1, bias=False), nn.Sigmoid(),
).eval()
phi.requires_grad_(False)
networks = nn.ModuleDict({"G": Generator(), "D": Critic(3, 1), "R": Critic(6, K), "phi": phi})
x = torch.rand(B, 3, args.size, args.size) * 2 - 1
given = side.read_safetensors(args.load) if args.load else None
if given:
    side.load_weights(networks, given, {"phi.13.weight": (edge, edge, 128)})
    x = side.nchw(given["inputs.0.x"])
networks, x = side.place(args, networks, x)
adam_g = side.adam([*networks.G.parameters(), *networks.R.parameters()], 2e-4, (0.0, 0.9))
adam_d = side.adam(networks.D.parameters(), 2e-4, (0.0, 0.9))
G, D, R = networks.G, networks.D, networks.R


def condition(alpha, k):
    return (alpha * (BINS - 1)).round().long() * K + k


def loss_of_d(y):
    return F.relu(1 - D(x)).mean() + F.relu(1 + D(y)).mean()


def loss_of_g(y, same, alpha, k):
    score = phi(y)[:, 0].clamp(1e-6, 1 - 1e-6)
    distance = 100 * ((x - G(x, same)).abs().mean() + (x - G(y, same)).abs().mean())
    concept = F.cross_entropy(R(torch.cat([x, y], 1)), k) + F.cross_entropy(R(torch.cat([y, y], 1)), k)
    return -D(y).mean() + F.binary_cross_entropy(score, alpha) + distance + concept


# Whole phases: compiled one by one, D's second pass overwrites the power-iteration vectors that the first one's backward
# pass still needs, and autograd stops there.
run_G, run_phi, run_loss_of_d, run_loss_of_g = side.compiled(args, G, phi, loss_of_d, loss_of_g)


def step(index):
    if given:
        alpha, k = given[f"inputs.{index}.alpha"], given[f"inputs.{index}.k"].long()
    else:
        alpha, k = torch.rand(B), torch.randint(0, K, (B,))
    same = condition(run_phi(x)[:, 0], k)
    y = run_G(x, condition(alpha, k))
    loss_d = run_loss_of_d(y.detach())
    adam_d.zero_grad()
    loss_d.backward()
    adam_d.step()
    D.requires_grad_(False)
    loss_g = run_loss_of_g(y, same, alpha, k)
    adam_g.zero_grad()
    loss_g.backward()
    adam_g.step()
    D.requires_grad_(True)
    return {"losses": [loss_d.item(), loss_g.item()]}


if args.flops:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        step(0)
    print(counter.get_total_flops())
else:
    side.serve(args, step)
