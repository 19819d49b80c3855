"""The bias-corrected and accelerated interval, against scipy's on the same resamples."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from measured import Means, Ratio, SlowMeans, evidence, one_a_sample

from cfbench.metrics import Evidence, MeanMetric, Metric
from cfbench.randomness import generator
from cfbench.statistics import intervals
from cfbench.statistics._draws import count_blocks


def skewed(size: int, seed: int = 0) -> Evidence:
    random = generator(seed, "skewed")
    return one_a_sample(random.exponential(size=size) ** 2, b=random.gamma(2.0, size=size))


def ratio(a: Any, b: Any, axis: int = -1) -> Any:
    return np.mean(a, axis=axis) / np.mean(b, axis=axis)


@pytest.mark.parametrize("size", [12, 300])
@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("metric", [Means(), SlowMeans(), Ratio()])
def test_it_is_that_of_scipy(metric: Metric, size: int, level: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    rows = skewed(size)
    a, b = rows.columns["a"], rows.columns["b"]
    counts = np.concatenate(list(count_blocks(5, size, 500))).astype(np.float64)
    name = next(iter(metric.numbers))
    is_ratio = name == "ratio"
    resampled = (counts @ a) / (counts @ b) if is_ratio else counts @ a / size
    wanted = stats.bootstrap(
        (a, b) if is_ratio else (a,),
        ratio if is_ratio else np.mean,
        paired=is_ratio,
        n_resamples=0,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=resampled),
        confidence_level=level,
        method="BCa",
    ).confidence_interval
    found = intervals(metric, rows, seed=5, resamples=500, level=level, names=[name], method="bca")[name]
    assert found == pytest.approx((wanted.low, wanted.high), rel=1e-9)
    assert found != pytest.approx(intervals(metric, rows, seed=5, resamples=500, level=level)[name], rel=1e-3)


def test_it_covers_more_of_a_skewed_law() -> None:
    hits = {"percentile": 0, "bca": 0}
    for trial in range(400):
        rows = one_a_sample(generator(trial, "exponential").exponential(size=20))
        for method in hits:
            interval = intervals(Means(), rows, seed=trial, resamples=400, names=["a"], method=method)["a"]
            assert interval is not None
            hits[method] += interval[0] <= 1.0 <= interval[1]
    # About 0.89 and 0.91; three standard errors of 400 trials are 0.045.
    assert hits["percentile"] < hits["bca"]
    assert 0.87 <= hits["bca"] / 400 <= 0.96


@pytest.mark.parametrize("metric", [Means(), SlowMeans()])
def test_order_of_rows_does_not_matter(metric: Metric) -> None:
    rows = evidence(60)
    order = generator(1, "shuffle").permutation(len(rows))
    shuffled = rows.where(order)
    first, second = (intervals(metric, each, seed=3, resamples=80, method="bca") for each in (rows, shuffled))
    assert first == second


def test_it_is_the_percentile_interval_where_all_resamples_lie_on_one_side() -> None:
    class Largest(Ratio):
        """What no resample exceeds: more draws of the largest raise nothing."""

        def score(self, rows: Evidence) -> dict[str, float | None]:
            doubled = rows.weight >= 1
            return {"ratio": float(rows.columns["a"][doubled].max()) + float(doubled.all())}

    rows = one_a_sample(np.arange(20.0))
    percentile, bca = (
        intervals(Largest(), rows, seed=0, resamples=200, method=method) for method in ("percentile", "bca")
    )
    assert bca == percentile


def test_it_is_the_percentile_interval_where_nothing_varies() -> None:
    rows = one_a_sample(np.full(20, 0.1))
    found = intervals(Means(), rows, seed=0, resamples=200, method="bca")["a"]
    assert found == pytest.approx((0.1, 0.1))


def test_it_is_the_percentile_interval_where_a_number_hangs_on_one_unit() -> None:
    """Defined in nearly all resamples, but not without each unit in turn."""

    class Fragile(Ratio):
        def score(self, rows: Evidence) -> dict[str, float | None]:
            whole = (rows.weight > 0).sum() == len(rows) - 1 and rows.weight.max() == 1
            return {"ratio": None if whole else rows.mean("a")}

    rows = skewed(30)
    fragile = intervals(Fragile(), rows, seed=0, resamples=200, method="bca")["ratio"]
    assert fragile == intervals(Fragile(), rows, seed=0, resamples=200)["ratio"]
    assert fragile is not None


def test_it_is_the_percentile_interval_where_the_correction_leaves_the_range() -> None:
    from cfbench.statistics._ends import bca_ends, percentile_ends

    values = np.arange(1.0, 1001.0)
    without_each = np.concatenate([np.zeros(999), [-1.0]])  # an acceleration of about 1 / 6
    level = 0.9999999
    assert bca_ends(values, level, 999.9, without_each) == percentile_ends(values, level)


def test_no_interval_where_the_value_is_undefined() -> None:
    class Whole(Ratio):
        """Defined for every resample but that which draws each unit once."""

        def score(self, rows: Evidence) -> dict[str, float | None]:
            return {"ratio": None if (rows.weight == 1).all() else rows.mean("a")}

    rows = skewed(30)
    assert intervals(Whole(), rows, seed=0, resamples=100, method="bca") == {"ratio": None}


def test_a_mean_without_any_value_has_no_interval() -> None:
    rows = one_a_sample(np.full(9, np.nan), b=np.arange(9.0))
    assert isinstance(Means(), MeanMetric)
    found = intervals(Means(), rows, seed=0, resamples=100, method="bca")
    assert found["a"] is None
    assert found["b"] is not None
