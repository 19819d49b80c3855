"""Paired tests: against scipy, against swapping by hand, and for what they promise."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import threadpoolctl
from measured import Declared, GroupMeans, Means, OfSets, Ratio, SlowMeans, evidence, one_a_sample, with_nulls

from cfbench.errors import DataError, UsageError
from cfbench.metrics import Evidence, Metric
from cfbench.randomness import generator
from cfbench.statistics import intervals, paired_bootstrap, paired_permutation

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

TESTS: list[Callable[..., Any]] = [paired_bootstrap, paired_permutation]
SMALL = {paired_bootstrap: {"resamples": 400}, paired_permutation: {"permutations": 1000}}


class WeightedRatio(Ratio):
    """The ratio with a ``resampled`` of its own."""

    def resampled(
        self, rows: Evidence, weights: npt.NDArray[np.float64]
    ) -> dict[str, npt.NDArray[np.float64]]:
        return {"ratio": (weights @ rows.columns["a"]) / (weights @ rows.columns["b"])}


def two(size: int, shift: float = 0.3, seed: int = 0) -> tuple[Evidence, Evidence]:
    random = generator(seed, "two")
    level = random.normal(2.0, 1.0, size)
    first, second = (level + random.normal(0, 0.5, size) for _ in range(2))
    other = random.uniform(1, 2, (2, size))
    return one_a_sample(first, b=other[0]), one_a_sample(second + shift, b=other[1])


def shuffled(rows: Evidence) -> Evidence:
    return rows.where(generator(7, "shuffle").permutation(len(rows)))


@pytest.mark.parametrize("metric", [Means(), SlowMeans()])
def test_the_difference_of_means_is_the_mean_of_differences(metric: Metric) -> None:
    first, second = two(80)
    found = paired_bootstrap(metric, first, second, seed=1)["a"]
    between = one_a_sample(second.columns["a"] - first.columns["a"])
    assert found.units == 80
    assert found.difference == pytest.approx(float(between.columns["a"].mean()))
    assert found.interval == pytest.approx(intervals(Means(), between, seed=1)["a"])


def test_a_paired_interval_is_narrower_than_what_the_two_vary() -> None:
    first, second = two(200)
    found = paired_bootstrap(Means(), first, second, seed=0)["a"]
    alone = intervals(Means(), first, seed=0)["a"]
    assert found.interval is not None
    assert alone is not None
    assert found.interval[1] - found.interval[0] < 0.8 * (alone[1] - alone[0])


def test_p_value_and_interval_agree() -> None:
    seen = set()
    for seed in range(40):
        first, second = two(40, shift=0.15, seed=seed)
        found = paired_bootstrap(Means(), first, second, seed=seed, resamples=400, names=["a"])["a"]
        assert found.interval is not None
        assert found.p_value is not None
        if found.p_value < 0.05:
            assert found.interval[0] > 0 or found.interval[1] < 0
        elif found.p_value > 0.06:
            assert found.interval[0] <= 0 <= found.interval[1]
        seen.add(found.p_value < 0.05)
    assert seen == {True, False}


@pytest.mark.parametrize("test", TESTS)
def test_where_nothing_differs_few_p_values_are_small(test: Callable[..., Any]) -> None:
    small = 0
    for seed in range(300):
        first, second = two(40, shift=0.0, seed=seed)
        small += test(Means(), first, second, seed=seed, names=["a"], **SMALL[test])["a"].p_value <= 0.05
    # Three standard errors of 300 trials are 0.038; the bootstrap of 40 units errs a little more often than 0.05.
    assert 0.015 <= small / 300 <= 0.1


def test_one_minus_the_other_turns_all_around() -> None:
    first, second = two(50)
    there = paired_bootstrap(Means(), first, second, seed=0)["a"]
    back = paired_bootstrap(Means(), second, first, seed=0)["a"]
    assert there.difference == -(back.difference or 0.0)
    assert there.p_value == back.p_value
    assert there.interval is not None
    assert back.interval == pytest.approx((-there.interval[1], -there.interval[0]))


def test_without_resamples_or_units_there_is_a_difference_alone() -> None:
    first, second = two(2)
    found = paired_bootstrap(Means(), first, second, seed=0, resamples=0)["a"]
    assert (found.interval, found.p_value) == (None, None)
    assert found.difference is not None
    one = paired_bootstrap(Means(), first.where(np.array([0])), second.where(np.array([0])), seed=0)["a"]
    assert (one.interval, one.p_value, one.units) == (None, None, 1)
    assert one.difference == second.columns["a"][0] - first.columns["a"][0]


def test_a_metric_without_intervals_has_a_difference_alone() -> None:
    class Scores(OfSets):
        def score(self, rows: Evidence) -> dict[str, float | None]:
            return {"a": rows.mean("a"), "b": None}

    first, second = two(5)
    found = paired_bootstrap(Scores(), first, second, seed=0)
    assert found["a"].difference is not None
    assert found["a"].interval is None
    assert found["b"].difference is None


def test_a_difference_that_resamples_leave_undefined_has_no_interval() -> None:
    values = np.arange(10.0)
    first = one_a_sample(with_nulls(values, values >= 2))
    found = paired_bootstrap(Means(), first, one_a_sample(values), seed=0)["a"]
    assert found.difference == 4.0
    assert (found.interval, found.p_value) == (None, None)


# --- the permutation test


@pytest.mark.parametrize("metric", [Means(), SlowMeans()])
def test_exact_p_value_is_that_of_scipy(metric: Metric) -> None:
    stats = pytest.importorskip("scipy.stats")
    first, second = two(9)
    found = paired_permutation(metric, first, second, seed=0)["a"]
    wanted = stats.permutation_test(
        (first.columns["a"], second.columns["a"]),
        lambda a, b: b.mean() - a.mean(),
        permutation_type="samples",
        n_resamples=np.inf,
    )
    assert (found.exact, found.permutations, found.units) == (True, 512, 9)
    assert found.difference == pytest.approx(wanted.statistic)
    assert found.p_value == pytest.approx(wanted.pvalue)


def test_drawn_p_value_nears_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    first, second = two(60, shift=0.05, seed=1)
    found = paired_permutation(Means(), first, second, seed=0, permutations=20_000)["a"]
    wanted = stats.permutation_test(
        (second.columns["a"] - first.columns["a"],), np.mean, permutation_type="samples", n_resamples=20_000,
        vectorized=True, rng=np.random.default_rng(0),
    ).pvalue  # fmt: skip
    assert not found.exact
    assert found.permutations == 20_000
    assert 0.01 < wanted < 0.9
    assert found.p_value == pytest.approx(wanted, abs=5 * np.sqrt(wanted * (1 - wanted) / 10_000))


@pytest.mark.parametrize("metric", [Means(), SlowMeans(), Ratio(), WeightedRatio()])
def test_it_is_what_swapping_rows_by_hand_gives(metric: Metric) -> None:
    rows = [evidence(6, seed=3), evidence(6, seed=3)]
    columns = {**rows[1].columns, "a": generator(0, "a").normal(size=len(rows[1]))}
    columns["b"] = rows[1].columns["b"] + 0.1
    first, second = rows[0], Evidence.of(columns)
    name = next(iter(metric.numbers))
    ids = sorted(set(first.columns["sample"].tolist()))
    differences = []
    for swaps in product([False, True], repeat=6):
        swap = np.isin(
            first.columns["sample"], [one for one, swaps_it in zip(ids, swaps, strict=True) if swaps_it]
        )
        sides = [
            Evidence.of({key: np.where(swap, other.columns[key], own.columns[key]) for key in own.columns})
            for own, other in ((first, second), (second, first))
        ]
        scores = [metric.score(side)[name] or 0.0 for side in sides]
        differences.append(scores[1] - scores[0])
    extreme = np.abs(differences) >= abs(differences[0]) * (1 - 1e-9)
    found = paired_permutation(metric, first, second, seed=0)[name]
    assert found.difference == pytest.approx(differences[0])
    assert found.p_value == extreme.mean()


def test_ways_agree_on_drawn_permutations_and_with_nulls_on_either_side() -> None:
    first, second = evidence(40, nulls=0.3, seed=1), evidence(40, nulls=0.4, seed=2)
    fast, slow = (
        paired_permutation(metric, first, second, seed=0, permutations=300)
        for metric in (Means(), SlowMeans())
    )
    for name in ("a", "b"):
        assert fast[name].difference == pytest.approx(slow[name].difference)
        assert fast[name].p_value == slow[name].p_value
    own, by_score = (
        paired_permutation(metric, *two(40), seed=0, permutations=300)["ratio"]
        for metric in (WeightedRatio(), Ratio())
    )
    assert own.p_value == by_score.p_value


def test_an_undefined_permutation_counts_as_large() -> None:
    values = np.full(3, np.nan)
    first, second = (one_a_sample(with_nulls(np.arange(3.0), values != at), b=np.ones(3)) for at in (0, 1))
    first.columns["a"][0], second.columns["a"][1] = 1.0, 5.0
    found = paired_permutation(Means(), first, second, seed=0)["a"]
    # Both values come to one side in half of the permutations, and leave the other without any.
    assert found.difference == 4.0
    assert found.p_value == 1.0


def test_drawn_p_values_are_never_zero() -> None:
    first, second = two(60, shift=9.0)
    assert paired_permutation(Means(), first, second, seed=0, permutations=99)["a"].p_value == 0.01
    assert paired_bootstrap(Means(), first, second, seed=0, resamples=99)["a"].p_value == 0.02


# --- both


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("units", [1, 8, 300])
def test_of_two_that_agree_the_p_value_is_one(test: Callable[..., Any], units: int) -> None:
    rows = evidence(units)
    for metric in (Means(), SlowMeans()):
        found = test(metric, rows, shuffled(rows), seed=0, **SMALL[test])
        assert found["a"].difference == 0
        assert found["a"].p_value == (None if test is paired_bootstrap and units == 1 else 1.0)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("metric", [Means(), SlowMeans(), WeightedRatio()])
def test_neither_order_nor_threads_matter(test: Callable[..., Any], metric: Metric) -> None:
    first, second = evidence(300, seed=1), evidence(300, seed=2)
    size = SMALL[test]
    with threadpoolctl.threadpool_limits(1):
        found = test(metric, first, second, seed=0, **size)
    with threadpoolctl.threadpool_limits(2):
        assert test(metric, shuffled(first), shuffled(second), seed=0, **size) == found
    assert test(metric, first, second, seed=1, **size) != found
    name = next(iter(metric.numbers))
    assert test(metric, first, second, seed=0, names=[name], **size) == {name: found[name]}


@pytest.mark.parametrize("test", TESTS)
def test_rows_of_a_group_stay_together(test: Callable[..., Any]) -> None:
    """Forty copies of each row are worth one, and forty independent rows are worth more."""
    copied, base = [], two(12, shift=0.2)
    for rows in base:
        columns = {name: np.repeat(values, 40) for name, values in rows.columns.items()}
        copied.append(Evidence.of({**columns, "group": columns["sample"], "sample": np.arange(480)}))
    grouped, alone = test(GroupMeans(), *copied, seed=0)["a"], test(Means(), *base, seed=0)["a"]
    assert grouped.units == 12
    assert grouped.p_value == alone.p_value
    assert test(Means(), *copied, seed=0)["a"].p_value < alone.p_value


@pytest.mark.parametrize("test", TESTS)
def test_other_samples_are_refused_and_named(test: Callable[..., Any]) -> None:
    first, second = two(8)
    with pytest.raises(DataError, match="1 have no partner: 's000003'"):
        test(Means(), first, second.where(np.arange(8) != 3), seed=0)
    with pytest.raises(DataError, match="5 have no partner: 's000003', 's000004', 's000005' …"):
        test(Means(), first.where(np.arange(8) < 3), second, seed=0)
    with pytest.raises(DataError, match="8 have no partner"):
        test(Means(), Evidence.of({}), second, seed=0)


@pytest.mark.parametrize("test", TESTS)
def test_a_sample_in_another_group_is_refused(test: Callable[..., Any]) -> None:
    first, second = two(4)
    groups = [np.array(list(letters), dtype=object) for letters in ("xxyy", "xyyy")]
    rows = [
        Evidence.of({**each.columns, "group": group})
        for each, group in zip((first, second), groups, strict=True)
    ]
    with pytest.raises(DataError, match="1 have no partner: 's000001'"):
        test(GroupMeans(), *rows, seed=0)


@pytest.mark.parametrize("test", TESTS)
def test_of_no_rows_nothing_is_said(test: Callable[..., Any]) -> None:
    found = test(Means(), Evidence.of({}), Evidence.of({}), seed=0)["a"]
    assert (found.difference, found.p_value, found.units) == (None, None, 0)
    assert test(Means(), *two(4), seed=0, names=[]) == {}


@pytest.mark.parametrize("test", TESTS)
def test_a_number_undefined_on_one_side_has_no_difference(test: Callable[..., Any]) -> None:
    first, second = two(6)
    nothing = Evidence.of({**first.columns, "a": np.full(6, np.nan)})
    found = test(Means(), nothing, second, seed=0)
    assert (found["a"].difference, found["a"].p_value) == (None, None)
    assert found["b"].p_value is not None


def test_a_value_near_the_limit_of_floats_has_no_difference() -> None:
    first, _ = two(6)
    huge = Evidence.of({**first.columns, "a": np.full(6, 1e300)})
    for test in TESTS:
        found = test(Means(), huge, huge, seed=0)["a"]
        assert (found.difference, found.p_value) == (None, None)


class Listed(Declared):
    """Reads a list, a text and a number, each of which may be all null on one side."""

    def score(self, rows: Evidence) -> dict[str, float | None]:
        known = float((~rows.nulls("counts")).sum() + (~rows.nulls("kind")).sum())
        return {"a": rows.mean("a"), "b": known}


def test_columns_of_nothing_but_nulls_join_any() -> None:
    first, second = two(3)
    kinds = np.array(["x", "y", "x"], dtype=object)
    full = Evidence.of({**first.columns, "counts": np.ones((3, 2)), "kind": kinds})
    empty = Evidence.of({**second.columns, "counts": np.full(3, np.nan), "kind": np.full(3, np.nan)})
    for pair in ((full, empty), (empty, full)):
        found = paired_permutation(Listed(), *pair, seed=0)
        assert abs(found["b"].difference or 0.0) == 6
        assert found["b"].p_value == 0.25


def test_columns_that_do_not_go_together_are_refused() -> None:
    first, second = two(3)
    for column in (np.ones((3, 2)), np.array(["x", "y", "z"], dtype=object)):
        other = Evidence.of({**second.columns, "b": column})
        with pytest.raises(DataError, match="columns 'b' do not go together"):
            paired_permutation(SlowMeans(), first, other, seed=0)
    with pytest.raises(DataError, match="same columns"):
        paired_permutation(Means(), first, Evidence.of({**second.columns, "c": np.ones(3)}), seed=0)


def test_impossible_arguments_are_refused() -> None:
    first, second = two(3)
    with pytest.raises(UsageError, match="0 permutations"):
        paired_permutation(Means(), first, second, seed=0, permutations=0)
    with pytest.raises(UsageError, match="-1 resamples"):
        paired_bootstrap(Means(), first, second, seed=0, resamples=-1)
    with pytest.raises(UsageError, match="2 is not a level"):
        paired_bootstrap(Means(), first, second, seed=0, level=2)
    for test in TESTS:
        with pytest.raises(UsageError, match="no number of metric declared 'c'"):
            test(Means(), first, second, seed=0, names=["c"])
