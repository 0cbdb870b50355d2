"""AuROC of 10^7 scores with scikit-learn, against packages/metrics/bench/auroc.mjs; the same scores.

    pip install scikit-learn && python tools/reference/bench_auroc.py --rounds 5
"""

import argparse
import json
import platform
import resource
import time

import numpy
import sklearn
from sklearn.metrics import roc_auc_score

N = 5_000_000


def fraction(numbers):
    """MurmurHash3's finalizer, as a fraction in [0, 1)."""
    value = numbers * numpy.uint32(0x9E3779B1)
    value = (value ^ (value >> 16)) * numpy.uint32(0x85EBCA6B)
    value = (value ^ (value >> 13)) * numpy.uint32(0xC2B2AE35)
    return (value ^ (value >> 16)) / 2**32


def scores(first, shift):
    """The same scores as the JavaScript side's."""
    numbers = fraction(numpy.arange(first, first + 2 * N, dtype=numpy.uint32))
    values = (numbers[0::2] + numbers[1::2]) / 2 + shift
    values[::8] = numpy.floor(values[::8] * 1000) / 1000
    return values


parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=1)
rounds = parser.parse_args().rounds
labels = numpy.concatenate([numpy.zeros(N, dtype=numpy.int64), numpy.ones(N, dtype=numpy.int64)])
values = numpy.concatenate([scores(0, 0.0), scores(2 * N, 0.1)])
seconds = []
for i in range(rounds + 1):
    start = time.perf_counter()
    value = float(roc_auc_score(labels, values))
    if i > 0:
        seconds.append(time.perf_counter() - start)
versions = {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__, "python": platform.python_version()}
print(
    json.dumps(
        {
            "name": "AuROC of 10^7 scores",
            "value": value,
            "maxRssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "versions": versions,
            "seconds": seconds,
        }
    )
)
