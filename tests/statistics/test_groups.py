"""Groups of the data set: samples that are not independent are resampled, and swapped, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from measured import GroupMeans, Means, Ratio, SlowMeans, evidence

from cfbench.errors import DataError
from cfbench.metrics import Evidence
from cfbench.metrics.base import GROUP
from cfbench.statistics import intervals, paired_bootstrap, paired_permutation

if TYPE_CHECKING:
    from cfbench.metrics import Metric

METRICS = [Means(), SlowMeans(), Ratio()]


def grouped(rows: Evidence, copies: int = 1) -> Evidence:
    """Every sample ``copies`` times, each copy a sample of its own; the group is the sample it was."""
    columns = {name: np.repeat(values, copies) for name, values in rows.columns.items()}
    names = columns["sample"].astype(str)
    turns = [f"{name}-{index % copies}" for index, name in enumerate(names)]
    return Evidence.of({**columns, "sample": np.array(turns, dtype=object), GROUP: names.astype(object)})


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("copies", [2, 7])
def test_copies_within_a_group_add_no_information(metric: Metric, copies: int) -> None:
    rows = evidence(40)
    few, many = (intervals(metric, grouped(rows, times), seed=2, resamples=200) for times in (1, copies))
    assert few.keys() == many.keys()
    assert all(many[name] == pytest.approx(few[name], rel=1e-9) for name in few)
    ungrouped = Evidence.of({k: v for k, v in grouped(rows, copies).columns.items() if k != GROUP})
    name = next(iter(few))
    wide, narrow = few[name], intervals(metric, ungrouped, seed=2, resamples=200)[name]
    assert wide is not None
    assert narrow is not None
    assert narrow[1] - narrow[0] < 0.9 * (wide[1] - wide[0])


@pytest.mark.parametrize("metric", METRICS)
def test_a_sample_a_group_is_no_grouping(metric: Metric) -> None:
    rows = evidence(30)
    alone = Evidence.of({**rows.columns, GROUP: rows.columns["sample"]})
    found, wanted = (intervals(metric, each, seed=1, resamples=60) for each in (alone, rows))
    assert found.keys() == wanted.keys()
    assert all(found[name] == pytest.approx(wanted[name], rel=1e-12) for name in found)


@pytest.mark.parametrize("metric", METRICS)
def test_paired_tests_count_groups(metric: Metric) -> None:
    first, second = evidence(25, seed=1), evidence(25, seed=1)
    values = second.columns["a"] + 0.1 * second.columns["b"]
    second = Evidence.of({**second.columns, "a": values})
    one = [grouped(rows) for rows in (first, second)]
    five = [grouped(rows, 5) for rows in (first, second)]
    for name in metric.numbers:
        few, many = (paired_bootstrap(metric, *rows, seed=0, resamples=200)[name] for rows in (one, five))
        assert many.units == few.units == 25
        assert many.interval == pytest.approx(few.interval, rel=1e-9)
        assert many.p_value == few.p_value
        few, many = (
            paired_permutation(metric, *rows, seed=0, permutations=200)[name] for rows in (one, five)
        )
        assert many.units == few.units == 25
        assert many.p_value == pytest.approx(few.p_value)


def test_models_of_other_groups_are_not_compared() -> None:
    rows = grouped(evidence(10, turns=1), 2)
    moved = np.roll(rows.columns[GROUP], 1)
    with pytest.raises(DataError, match="not of the same samples"):
        paired_bootstrap(Means(), rows, Evidence.of({**rows.columns, GROUP: moved}), seed=0)


def test_a_group_holds_the_units_of_the_metric_whole() -> None:
    rows = evidence(12, turns=1)
    pairs = np.array([f"pair-{index // 2}" for index in range(12)], dtype=object)
    fours = np.array([f"four-{index // 4}" for index in range(12)], dtype=object)
    columns = {**rows.columns, "group": pairs}
    assert intervals(GroupMeans(), Evidence.of({**columns, GROUP: fours}), seed=0) == intervals(
        GroupMeans(), Evidence.of({**columns, "group": fours}), seed=0
    )
    with pytest.raises(DataError, match=r"the group 'pair-0' lies in two groups of the data set"):
        intervals(GroupMeans(), Evidence.of({**columns, GROUP: np.roll(fours, 1)}), seed=0)
