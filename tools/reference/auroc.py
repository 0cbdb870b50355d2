"""Golden values of AuROC from scikit-learn.

    pip install scikit-learn && python tools/reference/auroc.py > packages/metrics/src/__golden__/auroc.json
"""

import json
import platform

import numpy
import sklearn
from sklearn.metrics import roc_auc_score


def case(name, negatives, positives):
    negatives, positives = [numpy.asarray(v, dtype=numpy.float64) for v in (negatives, positives)]
    labels = numpy.concatenate([numpy.zeros(len(negatives)), numpy.ones(len(positives))])
    value = roc_auc_score(labels, numpy.concatenate([negatives, positives]))
    return {"name": name, "negatives": negatives.tolist(), "positives": positives.tolist(), "auroc": float(value)}


rng = numpy.random.default_rng(7)
cases = [
    case("two normal distributions", rng.normal(0, 1, 40), rng.normal(1, 1, 60)),
    case("many ties", rng.integers(0, 4, 50), rng.integers(1, 5, 30)),
    case("all tied", numpy.full(5, 0.25), numpy.full(9, 0.25)),
    case("perfect", [0.0, 0.1, 0.2], [0.3, 0.4]),
    case("reversed", [0.3, 0.4], [0.0, 0.1, 0.2]),
    case("large logits that saturate a float32 sigmoid", rng.normal(300, 100, 30), rng.normal(400, 100, 30)),
    case("differences below float32", 1 + rng.integers(0, 9, 20) * 1e-12, 1 + rng.integers(3, 12, 20) * 1e-12),
    case("one against many", [0.5], rng.uniform(0, 1, 30)),
]
versions = {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__, "python": platform.python_version()}
print(json.dumps({"command": "python tools/reference/auroc.py", "versions": versions, "cases": cases}))
