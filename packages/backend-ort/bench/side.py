"""PyTorch's side of a comparison; see side.mjs: one unit of work for every line on stdin, one JSON line about it."""
import argparse
import json
import resource
import struct
import sys
import time

import numpy
import torch


def peak_mb():
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


IMPORT_MB = peak_mb()


def parser(doc):
    """The options that every side has."""
    made = argparse.ArgumentParser(description=doc)
    made.add_argument("--steps", type=int, default=10)
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--channels-last", action="store_true")
    made.add_argument("--compile", action="store_true", help="torch.compile the networks")
    made.add_argument("--load", help="safetensors file of weights and inputs that our side wrote with --export")
    made.add_argument("--json", action="store_true")
    return made


def prepare(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)


def place(args, *values):
    """Networks and batches in the memory layout asked for."""
    layout = torch.channels_last if args.channels_last else torch.contiguous_format
    return [value.to(memory_format=layout) for value in values]


def compiled(args, *networks):
    return [torch.compile(network) if args.compile else network for network in networks]


def adam(parameters, rate, betas):
    return torch.optim.Adam(parameters, rate, betas, fused=True)


def serve(args, unit):
    """`unit(index)` does the work and returns facts for the line; `repeats` among them divides the times."""
    kind = "torch.compile" if args.compile else "eager"
    layout = "channels-last" if args.channels_last else "contiguous"
    name = f"Python {sys.version.split()[0]}, torch {torch.__version__} {kind}, {torch.get_num_threads()} threads, {layout}"
    times = []

    def timed(index):
        start, cpu = time.perf_counter(), time.process_time()
        facts = unit(index)
        ms, cpu_ms = (time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3
        repeats = facts.pop("repeats", 1)
        times.append(ms / repeats)
        line = {"index": index, "ms": ms / repeats, "cpuMs": cpu_ms / repeats, "peakMb": peak_mb()}
        print(json.dumps({**line, "importMb": IMPORT_MB, "name": name, **facts}), flush=True)

    if args.json:
        for index, _ in enumerate(sys.stdin):
            timed(index)
        return
    for index in range(args.steps):
        timed(index)
    warm = sorted(times[3:])
    if warm:
        print(f"min {warm[0]:.1f} ms, median {warm[len(warm) // 2]:.1f} ms, peak {peak_mb()} MB; {name}")


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        dtype = {"F32": numpy.float32, "I32": numpy.int32, "U8": numpy.uint8}[entry["dtype"]]
        tensors[name] = torch.from_numpy(numpy.frombuffer(data[start:end], dtype).reshape(entry["shape"]).copy())
    return tensors


def nchw(x):
    return x.permute(0, 3, 1, 2).contiguous()


def load_weights(network, tensors, flattened={}):
    """Copies NHWC weights, [kernel, kernel, in, out] and [in, out], into a network by name. Names that the network lacks
    are passed over, names that the file lacks are an error unless they are buffers.

    flattened: {name: (height, width, channels)} of linear layers that read a flattened image
    """
    linear = {f"{name}.weight" for name, module in network.named_modules() if isinstance(module, torch.nn.Linear)}
    linear |= {f"{name}_orig" for name in linear}
    parameters = dict(network.named_parameters())
    with torch.no_grad():
        for name, target in [*parameters.items(), *network.named_buffers()]:
            if name not in tensors:
                if name in parameters:
                    raise SystemExit(f"the file has no {name}")
                continue
            value = tensors[name]
            if name in flattened:
                h, w, c = flattened[name]
                value = value.reshape(h, w, c, -1).permute(3, 2, 0, 1).reshape(-1, h * w * c)
            elif value.ndim == 4:
                value = value.permute(3, 2, 0, 1)
            elif name in linear:
                value = value.T
            target.copy_(value.reshape(target.shape))
