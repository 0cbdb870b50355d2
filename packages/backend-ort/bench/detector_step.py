"""The PyTorch side of detector-step.mjs: the same network and step, from the same numbers with --load.

Usage: python detector_step.py [--network cnn28|cnn32] [--half 128] and the options of side.py
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

import side

NETWORKS = {
    "cnn28": ((28, 28, 1), (16, 32), 64, 32),
    "cnn32": ((32, 32, 3), (32, 64, 128), 512, 256),
}
BATCHES = 4

parser = side.parser(__doc__)
parser.add_argument("--network", choices=NETWORKS, default="cnn28")
parser.add_argument("--half", type=int, default=128)
args = parser.parse_args()
side.prepare(args)
(size, _, channels), widths, hidden, embedding = NETWORKS[args.network]
edge = size >> len(widths)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        for i, out in enumerate(widths):
            self.add_module(f"conv{i}", nn.Conv2d(widths[i - 1] if i else channels, out, 5, padding=2))
            self.add_module(f"norm{i}", nn.BatchNorm2d(out, eps=1e-4))
        self.fc1 = nn.Linear(edge * edge * widths[-1], hidden)
        self.norm = nn.BatchNorm1d(hidden, eps=1e-4)
        self.fc2 = nn.Linear(hidden, embedding)
        self.fc3 = nn.Linear(embedding, 1)

    def forward(self, x):
        for i in range(len(widths)):
            conv, norm = getattr(self, f"conv{i}"), getattr(self, f"norm{i}")
            x = F.max_pool2d(F.leaky_relu(norm(conv(x)), 0.01), 2)
        h = F.leaky_relu(self.norm(self.fc1(x.flatten(1))), 0.01)
        return self.fc3(self.fc2(h))[:, 0]


network = Network()
batches = [torch.rand(2 * args.half, channels, size, size) for _ in range(BATCHES)]
if args.load:
    given = side.read_safetensors(args.load)
    side.load_weights(network, given, {"fc1.weight": (edge, edge, widths[-1])})
    batches = [side.nchw(given[f"inputs.{i}.x"]) for i in range(BATCHES) if f"inputs.{i}.x" in given]
network, *batches = side.place(args, network, *batches)
outlier = torch.cat([torch.zeros(args.half), torch.ones(args.half)])
optimizer = side.adam(network.parameters(), 1e-3, (0.9, 0.999))
(run,) = side.compiled(args, network)


def step(index):
    loss = F.binary_cross_entropy_with_logits(run(batches[index % len(batches)]), outlier)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return {"losses": [loss.item()]}


side.serve(args, step)
