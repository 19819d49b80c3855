from __future__ import annotations

import numpy as np
import pytest

from cfbench.metrics import Evidence

ROWS = Evidence(
    {
        "sample": np.array(["p", "p", "q", "r"], dtype=object),
        "value": np.array([1.0, np.nan, 4.0, np.nan]),
        "count": np.array([1, 2, 3, 4]),
        "kind": np.array(["x", None, None, "y"], dtype=object),
        "never": np.full(4, np.nan),
        "features": np.array([[1.0, 2.0], [np.nan, np.nan], [np.nan, np.nan], [3.0, np.nan]]),
    },
    weight=np.array([2.0, 5.0, 1.0, 1.0]),
)


def test_a_mean_leaves_nulls_out_with_their_weight() -> None:
    assert ROWS.mean("value") == pytest.approx((2 * 1.0 + 1 * 4.0) / 3)
    assert ROWS.mean("count") == pytest.approx((2 + 10 + 3 + 4) / 9)


def test_a_mean_of_nothing_is_none() -> None:
    assert ROWS.mean("never") is None
    assert ROWS.where(np.zeros(4, dtype=bool)).mean("value") is None
    assert Evidence(ROWS.columns, np.zeros(4)).mean("count") is None


def test_nulls_of_every_kind_of_column() -> None:
    assert ROWS.nulls("value").tolist() == [False, True, False, True]
    assert ROWS.nulls("count").tolist() == [False] * 4
    assert ROWS.nulls("kind").tolist() == [False, True, True, False]
    assert ROWS.nulls("features").tolist() == [False, True, True, False]  # a list with one number is one
    assert ROWS.where(np.zeros(4, dtype=bool)).nulls("features").tolist() == []


def test_samples_are_counted_once_and_where_they_have_a_value() -> None:
    assert ROWS.samples() == 3
    assert ROWS.samples("value") == 2
    assert ROWS.samples("count") == 3
    assert ROWS.samples("kind") == 2
    assert ROWS.samples("features") == 2
    assert ROWS.samples("never") == 0


def test_rows_that_do_not_count_are_of_no_sample() -> None:
    assert Evidence(ROWS.columns, np.array([1.0, 1.0, 0.0, 0.0])).samples() == 1
    assert Evidence.of({}).samples() == 0
    assert Evidence.of({}).samples("value") == 0


def test_where_keeps_lists_beside_their_rows() -> None:
    chosen = ROWS.where(np.array([True, False, False, True]))
    assert chosen.columns["features"].shape == (2, 2)
    assert chosen.columns["sample"].tolist() == ["p", "r"]
    assert chosen.weight.tolist() == [2.0, 1.0]
