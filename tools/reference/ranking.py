"""Golden values of AuROC, average precision, F1Max and partial AuROC from scikit-learn.

    pip install scikit-learn && python tools/reference/ranking.py > packages/metrics/src/ranking/__golden__/ranking.json

50 random inputs and 10 degenerate ones. scikit-learn refuses infinite scores; the tests have them by other means.
"""

import json
import platform

import numpy
import sklearn
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

MAX_FPR = [0.05, 0.1, 0.3, 1.0]


def case(name, negatives, positives):
    negatives, positives = [numpy.asarray(v, dtype=numpy.float64) for v in (negatives, positives)]
    labels = numpy.concatenate([numpy.zeros(len(negatives)), numpy.ones(len(positives))])
    scores = numpy.concatenate([negatives, positives])
    thresholds = numpy.unique(scores)
    f1 = numpy.array([f1_score(labels, scores >= t, zero_division=0.0) for t in thresholds])
    return {
        "name": name,
        "negatives": negatives.tolist(),
        "positives": positives.tolist(),
        "auroc": float(roc_auc_score(labels, scores)),
        "averagePrecision": float(average_precision_score(labels, scores)),
        "f1Max": float(f1.max()),
        # f1_score rounds: equal fractions may differ in the last bit.
        "threshold": float(thresholds[numpy.nonzero(f1 >= f1.max() - 1e-14)[0][0]]),
        "partialAuroc": [float(roc_auc_score(labels, scores, max_fpr=limit)) for limit in MAX_FPR],
    }


rng = numpy.random.default_rng(7)
DRAWS = {
    "normal": lambda n, shift: rng.normal(shift, 1, n).round(6),
    "uniform, full mantissa": lambda n, shift: rng.uniform(0, 1, n) + shift / 4,
    "few values": lambda n, shift: rng.integers(0, 5, n) + int(2 * shift),
    "many values with ties": lambda n, shift: numpy.round(rng.normal(shift, 1, n), 1),
    "heavy tails": lambda n, shift: numpy.round(rng.standard_cauchy(n) ** 3 + shift, 3),
}


def draw(i):
    kind = list(DRAWS)[i % len(DRAWS)]
    n, p = int(rng.integers(1, 60)), int(rng.integers(1, 30))
    shift = float(rng.uniform(-0.3, 1.5))
    return case(f"random {i}: {kind}, {n} + {p}", DRAWS[kind](n, 0), DRAWS[kind](p, shift))


degenerate = [
    case("all scores equal", numpy.full(5, 0.25), numpy.full(9, 0.25)),
    case("perfect", [0.0, 0.1, 0.2], [0.3, 0.4]),
    case("reversed", [0.3, 0.4], [0.0, 0.1, 0.2]),
    case("two scores", [0.5], [0.7]),
    case("two equal scores", [0.5], [0.5]),
    case("one positive among ties", [0.5, 0.5, 0.5, 0.2, 0.9], [0.5]),
    case("up to 1e300", [-1e300, 1e299, 3e300, 5.0, -7e250], [1e300, 2e300, 1e299, -1.0]),
    case("denormals", [5e-324, 1e-323, 0.0, -5e-324, 2e-310], [1e-323, 1.5e-323, 0.0, 3e-310, -0.0]),
    case("differences below float32", 1 + rng.integers(0, 9, 20) * 1e-12, 1 + rng.integers(3, 12, 20) * 1e-12),
    case("logits that saturate a float32 sigmoid", rng.normal(300, 100, 30).round(3), rng.normal(400, 100, 30).round(3)),
]
print(
    json.dumps(
        {
            "command": "python tools/reference/ranking.py",
            "versions": {
                "scikit-learn": sklearn.__version__,
                "numpy": numpy.__version__,
                "python": platform.python_version(),
            },
            "maxFpr": MAX_FPR,
            "cases": [draw(i) for i in range(50)] + degenerate,
        }
    )
)
