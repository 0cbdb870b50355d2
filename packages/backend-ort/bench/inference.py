"""The PyTorch side of inference.mjs: the shipped networks of shipped_step.py in eval mode under inference_mode.

Usage: python inference.py --config "$(node shipped-step.mjs --config)" [--batch 64] [--repeats 10] and the options of side.py
"""
import json

import torch

import side
from shipped_step import Detector, Generator, check_options

parser = side.parser(__doc__)
parser.add_argument("--config", required=True)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--repeats", type=int, default=10)
args = parser.parse_args()
side.prepare(args)
config = json.loads(args.config)
options, (height, width, channels) = config["generator"], config["shape"]
check_options(options)
K = options["concepts"]
G = Generator(channels, options["width"], K).eval()
phi = Detector(height, width, channels, config["detector"]["width"])
x, alpha = torch.rand(args.batch, channels, height, width), torch.rand(args.batch)
k = torch.arange(args.batch) % K
if args.load:
    given = side.read_safetensors(args.load)
    within = lambda prefix: {name[len(prefix) :]: value for name, value in given.items() if name.startswith(prefix)}
    flat = height // 4, width // 4, 2 * config["detector"]["width"]
    names = {"in.weight": "first.weight"}
    side.load_weights(G, {names.get(name, name): value for name, value in within("generator.generator.").items()})
    side.load_weights(phi, within("detector."), {"fc1.weight": flat})
    x, alpha, k = side.nchw(given["inputs.0.x"]), given["inputs.0.alpha"], given["inputs.0.k"].long()
G, phi, x = side.place(args, G, phi, x)
run_G, run_phi = side.compiled(args, G, phi)


def call():
    made = run_G(x * 2 - 1, alpha, torch.nn.functional.one_hot(k, K).float())
    made = ((made + 1) * 0.5).clamp(0, 1)
    return made.numpy(), run_phi(made).numpy()


@torch.inference_mode()
def unit(index):
    repeats = args.repeats if index else 1
    for _ in range(repeats):
        images, scores = call()
    return {"repeats": repeats, "losses": [float(images.mean()), float(scores.mean())]}


side.serve(args, unit)
