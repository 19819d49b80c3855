from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
import threadpoolctl
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import Declared, GroupMeans, Means, OfSets, Ratio, SlowMeans, evidence, one_a_sample, with_nulls

from cfbench.errors import DataError, UsageError
from cfbench.metrics import Evidence, Metric
from cfbench.randomness import generator
from cfbench.statistics import intervals

if TYPE_CHECKING:
    import numpy.typing as npt


class ListMeans(Declared):
    """Means over lists, in a column with a line for each row."""

    def score(self, rows: Evidence) -> dict[str, float | None]:
        means = rows.weight @ rows.columns["counts"] / rows.weight.sum()
        return {"a": float(means[0]), "b": float(means[1])}


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 1000), st.sampled_from([0.0, 0.3, 0.9, 1.0]))
def test_short_cut_equals_scoring_every_resample(samples: int, turns: int, seed: int, nulls: float) -> None:
    rows = evidence(samples, turns, seed, nulls)
    fast = intervals(Means(), rows, seed=seed, resamples=50)
    slow = intervals(SlowMeans(), rows, seed=seed, resamples=50)
    for name in ("a", "b"):
        bounds = slow[name]
        assert fast[name] == (bounds and pytest.approx(bounds, rel=1e-12, abs=1e-14))


@pytest.mark.parametrize("nulls", [0.0, 0.3])
@pytest.mark.parametrize("metric", [Means(), SlowMeans(), Ratio()])
def test_order_of_rows_does_not_matter(metric: Metric, nulls: float) -> None:
    rows = evidence(60, nulls=nulls)
    order = generator(1, "shuffle").permutation(len(rows))
    shuffled = Evidence.of({name: values[order] for name, values in rows.columns.items()})
    assert intervals(metric, shuffled, seed=3, resamples=80) == intervals(metric, rows, seed=3, resamples=80)


def test_equal_seeds_agree_and_others_do_not() -> None:
    rows = evidence(60)
    first = intervals(Means(), rows, seed=3)
    assert intervals(Means(), rows, seed=3) == first
    assert intervals(Means(), rows, seed=4) != first


def test_the_numbers_asked_for_do_not_change_each_other() -> None:
    rows = evidence(60)
    both = intervals(Means(), rows, seed=3)
    assert intervals(Means(), rows, seed=3, names=["b"]) == {"b": both["b"]}


def test_rows_of_a_sample_stay_together() -> None:
    """Forty copies of each row add no information, so the interval must not shrink."""
    base = evidence(50, turns=1)
    copied = Evidence.of({name: np.repeat(values, 40) for name, values in base.columns.items()})
    one, many = (intervals(Means(), rows, seed=0)["a"] for rows in (base, copied))
    assert many == pytest.approx(one)


def test_weights_count_as_repeated_rows() -> None:
    rows = evidence(30, turns=1)
    weight = generator(5, "weight").integers(1, 4, len(rows))
    weighted = Evidence(rows.columns, weight.astype(np.float64))
    repeated = Evidence.of({name: np.repeat(values, weight) for name, values in rows.columns.items()})
    for metric in (Means(), SlowMeans()):
        low_high = intervals(metric, weighted, seed=0)["b"]
        assert low_high == pytest.approx(intervals(metric, repeated, seed=0)["b"])


def test_interval_of_a_normal_mean_is_the_textbook_one() -> None:
    values = generator(0, "normal").normal(2.0, 1.0, 4000)
    rows = Evidence.of({"sample": np.arange(4000), "a": values, "b": values})
    interval = intervals(Means(), rows, seed=0, resamples=4000)["a"]
    half = 1.96 * values.std() / np.sqrt(4000)
    # 4,000 resamples place a 2.5 % quantile within about 5 % of the half width.
    assert interval == pytest.approx((values.mean() - half, values.mean() + half), abs=0.05 * half)


def test_coverage_is_the_level() -> None:
    random = generator(0, "coverage")
    hits, trials = 0, 400
    for trial in range(trials):
        means = random.normal(1.0, 1.0, 60)
        values = np.repeat(means, 3) + random.normal(0.0, 0.5, 180)
        rows = Evidence.of({"sample": np.repeat(np.arange(60), 3), "a": values, "b": values})
        interval = intervals(Means(), rows, seed=trial, resamples=300, names=["a"])["a"]
        assert interval is not None
        hits += interval[0] <= 1.0 <= interval[1]
    # The true coverage at 60 samples is about 0.94; three standard errors of 400 trials are 0.035.
    assert 0.905 <= hits / trials <= 0.975


def test_nulls_count_neither_with_their_value_nor_with_their_weight() -> None:
    rows = evidence(80, turns=1, nulls=0.4)
    known = rows.where(~np.isnan(rows.columns["a"]))
    with_them, without = (intervals(Means(), each, seed=0, resamples=4000)["a"] for each in (rows, known))
    assert with_them is not None
    assert without is not None
    # As many known rows, give or take, in each resample: the same interval up to a tenth of its width.
    assert with_them == pytest.approx(without, abs=0.1 * (without[1] - without[0]))


@pytest.mark.parametrize("metric", [Means(), SlowMeans()])
def test_a_few_undefined_resamples_are_left_out(metric: Metric) -> None:
    """A resample of ten misses four with probability 0.6 ** 10 = 0.006, and two with 0.8 ** 10 = 0.11."""
    values = np.arange(10.0)
    rows = Evidence.of(
        {
            "sample": np.arange(10),
            "a": with_nulls(values, values >= 4),
            "b": with_nulls(values, values >= 2),
        }
    )
    found = intervals(metric, rows, seed=0)
    assert found["a"] is not None
    assert 0 <= found["a"][0] < 1.5 < found["a"][1] <= 3
    assert found["b"] is None


def test_an_infinite_resample_is_not_left_out() -> None:
    class Infinite(Ratio):
        def score(self, rows: Evidence) -> dict[str, float | None]:
            # One resample in 80 draws the first of ten samples four times or more.
            return {"ratio": float("inf") if rows.weight[0] >= 4 else 1.0}

    rows = Evidence.of({"sample": np.arange(10), "a": np.ones(10)})
    assert intervals(Infinite(), rows, seed=0) == {"ratio": None}


def test_rows_of_a_unit_stay_together() -> None:
    """Four samples of a group that say the same are worth one."""
    base = evidence(50, turns=1)
    copied = {name: np.repeat(values, 4) for name, values in base.columns.items()}
    copied["group"] = copied["sample"]
    copied["sample"] = np.arange(200)
    grouped = Evidence.of(copied)
    expected = intervals(Means(), base, seed=0)["a"]
    assert intervals(GroupMeans(), grouped, seed=0)["a"] == pytest.approx(expected)
    assert intervals(Means(), grouped, seed=0)["a"] != pytest.approx(expected)


def test_one_unit_has_no_interval_however_many_samples() -> None:
    rows = Evidence.of(
        {"sample": np.arange(9), "group": np.array(["g"] * 9), "a": np.ones(9), "b": np.ones(9)}
    )
    assert intervals(GroupMeans(), rows, seed=0) == {"a": None, "b": None}


def test_rows_without_their_unit_are_refused() -> None:
    columns: dict[str, npt.NDArray[Any]] = {"sample": np.arange(4), "a": np.ones(4), "b": np.ones(4)}
    with pytest.raises(DataError, match="without a column 'group'"):
        intervals(GroupMeans(), Evidence.of(columns), seed=0)
    columns["group"] = np.array(["x", None, "y", None], dtype=object)
    with pytest.raises(DataError, match="2 of its rows have no group"):
        intervals(GroupMeans(), Evidence.of(columns), seed=0)


def test_a_metric_without_intervals_is_not_resampled() -> None:
    rows = Evidence.of({"features": np.ones((6, 3))})  # not even a sample to resample by
    assert intervals(OfSets(), rows, seed=0) == {"a": None, "b": None}
    assert intervals(OfSets(), rows, seed=0, names=["b"]) == {"b": None}


def test_lists_are_resampled_row_by_row() -> None:
    rows = evidence(40)
    counts = np.stack([rows.columns["a"], rows.columns["b"]], axis=1)
    order = generator(2, "shuffle").permutation(len(rows))
    listed = Evidence.of({"sample": rows.columns["sample"], "counts": counts})
    shuffled = Evidence.of({"sample": rows.columns["sample"][order], "counts": counts[order]})
    found = intervals(ListMeans(), listed, seed=0)
    assert intervals(ListMeans(), shuffled, seed=0) == found
    assert found["a"] == pytest.approx(intervals(Means(), rows, seed=0)["a"])


def test_fewer_than_two_samples_have_no_interval() -> None:
    one = Evidence.of({"sample": np.array(["s"] * 5), "a": np.arange(5.0), "b": np.arange(5.0)})
    none = one.where(np.zeros(5, dtype=bool))
    assert intervals(Means(), one, seed=0) == {"a": None, "b": None}
    assert intervals(Means(), none, seed=0) == {"a": None, "b": None}
    assert intervals(Means(), Evidence.of({}), seed=0) == {"a": None, "b": None}


def test_a_number_that_a_resample_leaves_undefined_has_no_interval() -> None:
    rows = Evidence.of({"sample": np.arange(3), "a": np.ones(3), "b": np.array([1.0, 0.0, 0.0])})
    assert intervals(Ratio(), rows, seed=0) == {"ratio": None}


def test_no_resamples_no_interval() -> None:
    assert intervals(Means(), evidence(9), seed=0, resamples=0) == {"a": None, "b": None}


@pytest.mark.parametrize(("resamples", "level"), [(-1, 0.95), (10, 0.0), (10, 1.0), (10, 95)])
def test_impossible_arguments_are_refused(resamples: int, level: float) -> None:
    with pytest.raises(UsageError):
        intervals(Means(), evidence(9), seed=0, resamples=resamples, level=level)


def test_rows_without_a_sample_are_refused() -> None:
    with pytest.raises(DataError, match="sample"):
        intervals(Means(), Evidence.of({"a": np.ones(4), "b": np.ones(4)}), seed=0)


def test_memory_does_not_grow_with_the_resamples() -> None:
    size = 100_000
    values = generator(0, "large").random(size)
    rows = Evidence.of({"sample": np.arange(size), "a": values, "b": values})
    tracemalloc.start()
    try:
        intervals(Means(), rows, seed=0, resamples=20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Twenty resamples held together would be 16 MB of positions alone, and 1,000 would be 800 MB; the ids as
    # text take most of what there is.
    assert peak < 40_000_000


class Products(Declared):
    """Means by a matrix product, which may round differently on several threads."""

    def score(self, rows: Evidence) -> dict[str, float | None]:
        return {
            name: float(values[0]) for name, values in self.resampled(rows, rows.weight[np.newaxis]).items()
        }

    def resampled(
        self, rows: Evidence, weights: npt.NDArray[np.float64]
    ) -> dict[str, npt.NDArray[np.float64]]:
        sums = weights @ np.column_stack([rows.columns["a"], rows.columns["b"]])
        return dict(zip("ab", (sums / weights.sum(axis=1, keepdims=True)).T, strict=True))


class Stale(Means):
    """A score of its own, with the ``resampled`` of another."""

    def score(self, rows: Evidence) -> dict[str, float | None]:
        return {name: 2 * (rows.mean(name) or 0.0) for name in self.numbers}


@pytest.mark.parametrize("metric", [Means(), SlowMeans(), Products()])
@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_threads_do_not_matter(metric: Metric, method: Any) -> None:
    rows = evidence(700, nulls=0.0)
    found = []
    for threads in (1, 2):
        with threadpoolctl.threadpool_limits(threads):
            found.append(intervals(metric, rows, seed=0, resamples=60, method=method))
    assert found[0] == found[1]


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_every_way_gives_the_same(method: Any) -> None:
    rows = evidence(300)
    fast, slow, own = (
        intervals(metric, rows, seed=0, resamples=100, method=method)
        for metric in (Means(), SlowMeans(), Products())
    )
    for name in ("a", "b"):
        assert fast[name] == pytest.approx(slow[name], rel=1e-12)
        assert fast[name] == pytest.approx(own[name], rel=1e-12)


def test_equal_columns_have_equal_intervals_to_the_last_bit() -> None:
    rows = evidence(500)
    copied = Evidence.of({**rows.columns, "b": rows.columns["a"]})
    found = intervals(Means(), copied, seed=0, resamples=100)
    assert found["a"] == found["b"] == intervals(Means(), rows, seed=0, resamples=100)["a"]


def test_a_score_of_its_own_is_not_passed_by() -> None:
    rows = evidence(40)
    whole, doubled = (intervals(metric, rows, seed=0, resamples=50) for metric in (SlowMeans(), Stale()))
    for name in ("a", "b"):
        low, high = whole[name] or (0.0, 0.0)
        assert doubled[name] == pytest.approx((2 * low, 2 * high))


def test_metrics_of_the_same_samples_are_paired() -> None:
    class Other(Means):
        name: ClassVar[str] = "other"

    rows = evidence(60)
    assert intervals(Other(), rows, seed=3) == intervals(Means(), rows, seed=3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e200, 1e200) | st.floats(-1, 1) | st.just(1e-310), min_size=2, max_size=60),
    st.integers(0, 9),
)
def test_sums_by_unit_are_those_of_exact_arithmetic(values: list[float], seed: int) -> None:
    from fractions import Fraction

    from cfbench.statistics._draws import count_blocks
    from cfbench.statistics._replicates import UnitMeans

    rows = one_a_sample(np.array(values))
    units = len(values)
    counts = np.concatenate(list(count_blocks(seed, units, 3)))
    found = UnitMeans(rows, np.arange(units), units, ["a"]).under([counts])[:, 0]
    for mean, line in zip(found.tolist(), counts.tolist(), strict=True):
        exact = sum(Fraction(value) * count for value, count in zip(values, line, strict=True)) / units
        assert abs(Fraction(mean) - exact) <= Fraction(max(map(abs, values))) / 2**50 + Fraction(1e-320)


def test_a_value_near_the_limit_of_floats_has_no_interval() -> None:
    for value in (float("inf"), 1e300):
        rows = one_a_sample(np.array([value, 1.0, 2.0, 3.0]), b=np.arange(4.0))
        found = intervals(Means(), rows, seed=0, resamples=50)
        assert found["a"] is None
        assert found["b"] is not None


def test_an_unknown_number_or_method_is_refused() -> None:
    with pytest.raises(UsageError, match="no number of metric declared 'c'"):
        intervals(Means(), evidence(9), seed=0, names=["c"])
    with pytest.raises(UsageError, match="no interval 'bcb'"):
        intervals(Means(), evidence(9), seed=0, method="bcb")  # type: ignore[arg-type]


def test_no_number_asked_for_no_interval() -> None:
    assert intervals(Means(), evidence(9), seed=0, names=[]) == {}
