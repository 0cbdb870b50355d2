"""The PyTorch side of shipped-step.mjs: the same networks, losses, updates and averages, eager, float32.

usage: python shipped_step.py --config "$(node shipped-step.mjs --config)" [--steps 10] [--threads 2] [--channels-last]
                              [--flush-denormal] [--adam fused|foreach|single] [--json]
tools/reference/gan_step.py runs `Step` to make the golden values that packages/generators tests its own step against,
so that both sides of the comparison are known to compute the same. Power iterations (two per step) carry no gradient,
D takes none in the generator phase. Written for the options that `check_options` names.
"""
import argparse
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm

EXPECTED = {
    "architecture": "slim", "blend": False, "generatorLoss": "standard", "scoreLoss": "bce", "conceptPair": "dissect",
    "conceptWeight": "change", "ganWeight": "one", "conceptView": "coarse", "conceptInput": "difference",
    "conceptNetwork": "pooled", "discriminator": "alpha", "realSamples": "all", "reconstruction": "sampled",
    "pairConcepts": False,
}


def check_options(o):
    for name, value in EXPECTED.items():
        if o[name] != value:
            raise SystemExit(f"shipped_step.py knows {name} = {value!r}, found {o[name]!r}: extend it first")
    if o["realNormalShare"] is None or o["weights"]["diversity"] > 0:
        raise SystemExit("shipped_step.py knows realNormalShare given and diversity 0 only")


def down(x):
    return F.avg_pool2d(x, 2)


def up(x):
    return F.interpolate(x, scale_factor=2)


class ConditionalNorm(nn.Module):
    def __init__(self, channels, condition):
        super().__init__()
        self.condition = nn.Linear(condition, 2 * channels)
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        nn.init.normal_(self.condition.weight, std=0.1)
        nn.init.zeros_(self.condition.bias)

    def forward(self, x, y):
        scale, shift = self.condition(y)[:, :, None, None].chunk(2, 1)
        return F.batch_norm(x, self.running_mean, self.running_var, training=self.training) * (1 + scale) + shift


class GeneratorBlock(nn.Module):
    def __init__(self, i, o, direction, condition):
        super().__init__()
        self.direction = direction
        self.norm1 = ConditionalNorm(i, condition)
        self.conv1 = nn.Conv2d(i, o, 3, padding=1, bias=False)
        self.norm2 = ConditionalNorm(o, condition)
        self.conv2 = nn.Conv2d(o, o, 3, padding=1, bias=False)
        self.skip = nn.Conv2d(i, o, 1, bias=False)

    def forward(self, x, y):
        h = F.relu(self.norm1(x, y))
        if self.direction == "down":
            h, x = down(h), down(x)
        h = F.relu(self.norm2(self.conv1(h), y))
        x = self.skip(x)
        if self.direction == "up":
            h, x = up(h), up(x)
        return self.conv2(h) + x


class Generator(nn.Module):
    def __init__(self, channels, width, concepts):
        super().__init__()
        w, c = width, 2 * concepts
        self.first = nn.Conv2d(channels, w, 3, padding=1, bias=False)
        self.down1 = GeneratorBlock(w, 2 * w, "down", c)
        self.down2 = GeneratorBlock(2 * w, 4 * w, "down", c)
        self.middle = GeneratorBlock(4 * w, 4 * w, "same", c)
        self.up1 = GeneratorBlock(4 * w, 2 * w, "up", c)
        self.up2 = GeneratorBlock(2 * w, w, "up", c)
        self.norm = ConditionalNorm(w, c)
        self.out = nn.Conv2d(w, channels, 3, padding=1)

    def forward(self, x, alpha, concept):
        y = torch.cat([concept, concept * (2 * alpha - 1)[:, None]], 1)
        h = self.first(x)
        for block in (self.down1, self.down2, self.middle, self.up1, self.up2):
            h = block(h, y)
        return torch.tanh(self.out(F.relu(self.norm(h, y))))


class DiscriminatorBlock(nn.Module):
    def __init__(self, i, o, shrink, first=False):
        super().__init__()
        self.shrink, self.first = shrink, first
        inner = i if shrink and not first else o
        self.conv1 = spectral_norm(nn.Conv2d(i, inner, 3, padding=1))
        self.conv2 = spectral_norm(nn.Conv2d(inner, o, 3, padding=1))
        self.skip = spectral_norm(nn.Conv2d(i, o, 1))

    def forward(self, x):
        h = F.relu(self.conv1(x if self.first else F.relu(x)))
        if self.shrink:
            h, x = down(h), down(x)
        return self.conv2(h) + self.skip(x)


class Discriminator(nn.Module):
    """Each forward pass in training begins with one power iteration: twice per step."""

    def __init__(self, channels, w):
        super().__init__()
        self.down1 = DiscriminatorBlock(channels, w, True, True)
        self.down2 = DiscriminatorBlock(w, 2 * w, True)
        self.last = DiscriminatorBlock(2 * w, 4 * w, False)
        self.out = spectral_norm(nn.Linear(4 * w, 1))
        self.ends = spectral_norm(nn.Linear(4 * w, 2, bias=False))

    def forward(self, x, alpha):
        h = F.relu(self.last(self.down2(self.down1(x)))).sum((2, 3))
        return self.out(h)[:, 0] + (self.ends(h) * torch.stack([1 - alpha, alpha], 1)).sum(1)


class ConceptClassifier(nn.Module):
    def __init__(self, channels, width, concepts, pool, noise):
        super().__init__()
        self.pool, self.noise = pool, noise
        self.conv1 = nn.Conv2d(channels, 2 * width, 3, padding=1)
        self.conv2 = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.out = nn.Linear(2 * width, concepts)

    def forward(self, a, b, direction, noise, order=None):
        """order [pairs, channels]: channel i of a pair is seen as channel order[i]"""
        a, b = F.avg_pool2d(a, self.pool), F.avg_pool2d(b, self.pool)
        if order is not None:
            index = order.argsort(1)[:, :, None, None].expand_as(a)
            a, b = a.gather(1, index), b.gather(1, index)
        seen = (b - a) * direction[:, None, None, None]
        h = F.leaky_relu(self.conv1(seen + noise * self.noise), 0.2)
        return self.out(F.leaky_relu(self.conv2(h), 0.2).mean((2, 3)))


class Detector(nn.Module):
    """eoe's CNN28, frozen: running statistics."""

    def __init__(self, height, width, channels, w):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, w, 5, padding=2, bias=False)
        self.norm1 = nn.BatchNorm2d(w, eps=1e-4)
        self.conv2 = nn.Conv2d(w, 2 * w, 5, padding=2, bias=False)
        self.norm2 = nn.BatchNorm2d(2 * w, eps=1e-4)
        self.fc1 = nn.Linear(2 * w * (height // 4) * (width // 4), 4 * w, bias=False)
        self.norm3 = nn.BatchNorm1d(4 * w, eps=1e-4)
        self.fc2 = nn.Linear(4 * w, 1)
        self.eval().requires_grad_(False)

    def forward(self, x):
        """phi of images in [0, 1]"""
        h = F.max_pool2d(F.leaky_relu(self.norm1(self.conv1(x * 2 - 1)), 0.01), 2)
        h = F.max_pool2d(F.leaky_relu(self.norm2(self.conv2(h)), 0.01), 2)
        h = F.leaky_relu(self.norm3(self.fc1(h.flatten(1))), 0.01)
        return torch.sigmoid(self.fc2(h))[:, 0]


def share(value):
    """Rounds half up, as JavaScript does."""
    return int(value + 0.5)


class Step:
    """The alternating step: D, then G and R. `config` is what shipped-step.mjs --config prints."""

    def __init__(self, config, adam="fused", channels_last=False):
        o = self.o = config["generator"]
        check_options(o)
        height, width, channels = config["shape"]
        self.K = o["concepts"]
        self.G = Generator(channels, o["width"], self.K)
        self.D = Discriminator(channels, o["width"])
        self.R = ConceptClassifier(channels, o["width"], self.K, o["conceptPool"], o["conceptNoise"])
        self.phi = Detector(height, width, channels, config["detector"]["width"])
        if channels_last:
            for net in (self.G, self.D, self.R, self.phi):
                net.to(memory_format=torch.channels_last)
        self.rate, self.decay = config["learningRate"], o["average"]
        kind = {"fused": {"fused": True}, "foreach": {"foreach": True}, "single": {"foreach": False}}[adam]
        rates = {"G": 1, "R": o["conceptRate"], "D": o["discriminatorRate"]}
        group = lambda name: {"params": list(getattr(self, name).parameters()), "factor": rates[name]}
        options = {"lr": self.rate, "betas": (0.0, 0.9), "eps": 1e-8, **kind}
        self.adam_g = torch.optim.Adam([group("G"), group("R")], **options)
        self.adam_d = torch.optim.Adam([group("D")], **options)
        self.raw = [*self.G.parameters(), *self.G.buffers()]
        self.average = [t.detach().clone() for t in self.raw]
        # Rows of the data batch, one half normal and one half outliers: those that G changes, those that D sees as real.
        B = self.batch = config["batch"]
        normal, real = share(o["normalShare"] * B), share(o["realNormalShare"] * B)
        half = max(normal + real, 2 * B - normal - real)
        self.data_size = 2 * half
        self.changed = slice(0, normal), slice(half, half + B - normal)
        self.real = slice(normal, normal + real), slice(half + B - normal, half + 2 * B - normal - real)
        cycled = o["cycleShare"]
        self.cycled = slice(0, share(cycled * normal)), slice(normal, normal + share(cycled * (B - normal)))
        self.permuted = o.get("conceptChannels", "fixed") == "permuted"
        self.pairs = B + sum(s.stop - s.start for s in self.cycled)
        self.noise_shape = (self.pairs, channels, height // o["conceptPool"], width // o["conceptPool"])

    def draw(self):
        """alpha, 1 where alpha is phi(x), 1 where it is the far end, one-hot concept, noise, order of channels"""
        zero, one, same, flip = (self.o["alpha"][k] for k in ("zero", "one", "identity", "flip"))
        kind, alpha = torch.rand(self.batch), torch.rand(self.batch)
        alpha = torch.where(kind < zero, 0.0, torch.where(kind < zero + one, 1.0, alpha))
        known = zero + one
        identity = ((kind >= known) & (kind < known + same)).float()
        far = ((kind >= known + same) & (kind < known + same + flip)).float()
        concept = F.one_hot(torch.randint(0, self.K, (self.batch,)), self.K).float()
        order = torch.rand(self.noise_shape[:2]).argsort(1) if self.permuted else None
        return alpha, identity, far, concept, torch.randn(self.noise_shape), order

    def run(self, data, draws, step, factor=1.0):
        """One step on `data` [data_size, channels, height, width] in [0, 1]; returns the terms, read."""
        pick = lambda x, rows: torch.cat([x[rows[0]], x[rows[1]]])
        for optimizer in (self.adam_g, self.adam_d):
            for group in optimizer.param_groups:
                group["lr"] = self.rate * factor * group["factor"]
        w, B = self.o["weights"], self.batch
        drawn, identity, far, concept, noise, order = draws
        with torch.no_grad():
            signed, scores = data * 2 - 1, self.phi(data)
            x, phi = pick(signed, self.changed), pick(scores, self.changed)
            real, real_phi = pick(signed, self.real), pick(scores, self.real)
            alpha = drawn * (1 - identity - far) + phi * identity + (phi < 0.5).to(phi.dtype) * far
            direction, change = torch.sign(phi - alpha), (alpha - phi).abs()
            from_x, from_phi, k = (pick(t, self.cycled) for t in (x, phi, concept))

        xbar = self.G(x, alpha, concept)
        d = self.D(torch.cat([real, xbar.detach()]), torch.cat([real_phi, alpha]))
        loss_d = F.relu(1 - d[: len(real)]).mean() + F.relu(1 + d[len(real) :]).mean()
        self.adam_d.zero_grad()
        (loss_d * w["gan"]).backward()
        self.adam_d.step()

        self.D.requires_grad_(False)
        gan = -self.D(xbar, alpha).mean()
        score = self.phi((xbar + 1) * 0.5).clamp(1e-6, 1 - 1e-6)
        score_loss = F.binary_cross_entropy(score, alpha)
        rec = ((x - xbar).abs().mean((1, 2, 3)) * identity).sum() / max(1, B * self.o["alpha"]["identity"])
        source = pick(xbar, self.cycled)
        cycle = self.G(source, from_phi, k)
        cycle_loss = (from_x - cycle).abs().mean()
        logits = self.R(torch.cat([x, source]), torch.cat([xbar, cycle]),
                        torch.cat([direction, -pick(direction, self.cycled)]), noise, order)
        ce = F.cross_entropy(logits, torch.cat([concept, k]).argmax(1), reduction="none")
        concept_loss = (ce[:B] * change).mean() + (ce[B:] * pick(change, self.cycled)).mean()
        loss = (w["gan"] * gan + w["phi"] * score_loss + w["rec"] * rec + w["cycle"] * cycle_loss
                + w["concept"] * concept_loss)
        terms = [loss_d, gan, score_loss, rec, cycle_loss, concept_loss]
        if w["proximity"] > 0:
            proximity = (x - xbar).abs().mean()
            loss = loss + w["proximity"] * proximity
            terms.append(proximity)
        self.adam_g.zero_grad()
        loss.backward()
        self.adam_g.step()
        self.D.requires_grad_(True)
        with torch.no_grad():
            terms.append((logits[:B].argmax(1) == concept.argmax(1)).float().mean())
            if self.decay > 0:
                torch._foreach_lerp_(self.average, self.raw, 1 - min(self.decay, (step + 1) / (step + 10)))
            return torch.stack([t.detach().to(data.dtype) for t in terms]).tolist()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--flush-denormal", action="store_true")
    parser.add_argument("--adam", choices=["fused", "foreach", "single"], default="fused")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    if args.flush_denormal and not torch.set_flush_denormal(True):
        raise SystemExit("this processor cannot flush denormals")
    config = json.loads(args.config)
    step = Step(config, args.adam, args.channels_last)
    height, width, channels = config["shape"]
    layout = torch.channels_last if args.channels_last else torch.contiguous_format
    batches = [torch.rand(step.data_size, channels, height, width).to(memory_format=layout) for _ in range(4)]
    name = f"Python {sys.version.split()[0]}, torch {torch.__version__} eager, {torch.get_num_threads()} threads, "
    name += f"{'channels-last' if args.channels_last else 'NCHW'}, Adam {args.adam}"
    name += ", denormals flushed" if args.flush_denormal else ""
    peak = lambda: round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    def timed(index):
        start, cpu = time.perf_counter(), time.process_time()
        terms = step.run(batches[index % 4], step.draw(), index)
        ms, cpu_ms = (time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3
        result = {"ms": round(ms, 2), "cpuMs": round(cpu_ms, 2), "peakMb": peak(), "name": name, "terms": terms}
        print(json.dumps(result), flush=True)
        return ms

    if args.json:
        for index, _ in enumerate(sys.stdin):
            timed(index)
    else:
        warm = sorted([timed(i) for i in range(args.steps)][3:])
        print(f"min {warm[0]:.0f} ms, median {warm[len(warm) // 2]:.0f} ms, peak {peak()} MB; {name}")


if __name__ == "__main__":
    main()
