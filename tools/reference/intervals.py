"""Golden bootstrap intervals from scipy.stats.bootstrap(method="percentile").

    pip install scipy && python tools/reference/intervals.py > packages/metrics/src/intervals/__golden__/bootstrap.json

The draws of each case are stored, so that the other side redraws the same rows. `interval` of the last cases is from
100 000 draws of scipy's own, to be met within the error of a simulation.
"""

import json
import platform

import numpy
import scipy
from scipy.stats import bootstrap


class Stored(numpy.random.Generator):
    """Gives out index draws that were made before, list by list."""

    def __init__(self, draws):
        super().__init__(numpy.random.PCG64(0))
        self.left = list(draws)

    def integers(self, low, high=None, size=None, **_):
        found = self.left.pop(0)
        assert found.shape == size and found.max() < (low if high is None else high)
        return found


def interval(lists, statistic, rng, level, draws):
    result = bootstrap(
        lists, statistic, method="percentile", rng=rng, n_resamples=draws, confidence_level=level, vectorized=True
    )
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


def difference(a, b, axis=-1):
    return b.mean(axis=axis) - a.mean(axis=axis)


statistics = {"mean": numpy.mean, "median": numpy.median, "difference of means": difference}
rng = numpy.random.default_rng(11)
a = rng.normal(0, 1, 17)
b = rng.exponential(1, 9)
fixed = []
for name, lists, draws, level in [
    ("mean", [a], 60, 0.95),
    ("mean", [b], 41, 0.9),
    ("median", [a], 60, 0.5),
    ("difference of means", [a, b], 50, 0.95),
]:
    rows = [rng.integers(0, len(x), (draws, len(x))) for x in lists]
    fixed.append({
        "statistic": name,
        "lists": [x.tolist() for x in lists],
        "draws": draws,
        "level": level,
        "rows": [x.tolist() for x in rows],
        "interval": interval(lists, statistics[name], Stored(rows), level, draws),
    })

simulated = []
values = rng.gamma(2, 1, 300).round(6)
other = (values + rng.normal(0.1, 0.5, 300)).round(6)
for name, lists in [("mean", [values]), ("difference of pairs", [other - values]), ("share", [(values > 1) * 1.0])]:
    simulated.append({
        "statistic": name,
        "interval": interval(lists, numpy.mean, numpy.random.default_rng(5), 0.95, 100_000),
        "error": float(scipy.stats.sem(lists[0])),
    })
clusters = numpy.repeat(numpy.arange(60), 5)
# Whole clusters are drawn: the mean of equally large clusters is the mean of their means.
simulated.append({
    "statistic": "mean of clusters of five",
    "interval": interval([values.reshape(60, 5).mean(1)], numpy.mean, numpy.random.default_rng(5), 0.95, 100_000),
    "error": float(scipy.stats.sem(values.reshape(60, 5).mean(1))),
})
versions = {"scipy": scipy.__version__, "numpy": numpy.__version__, "python": platform.python_version()}
print(json.dumps({
    "command": "python tools/reference/intervals.py",
    "versions": versions,
    "fixed": fixed,
    "values": values.tolist(),
    "other": other.tolist(),
    "simulated": simulated,
    "seeds": {"values": a.tolist()[:5], "mean": float(a[:5].mean()), "std": float(a[:5].std(ddof=1))},
}))
