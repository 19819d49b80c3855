from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from cfbench.errors import DataError, UsageError
from cfbench.execution.evidence import as_evidence, complete_rows, evidence_digest, unpacked
from cfbench.metrics import Evidence, Metric, Number, Scored
from cfbench.metrics.pixel import Pixel

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


class Seen(Metric):
    """For tests: its rows hold a vector."""

    name, version, tasks, summary, reference = "seen", 1, ("edit",), "for tests", "cfbench"
    numbers: ClassVar = {"sum": Number("sum of all", higher_is_better=True, range=(None, None))}

    def evidence(self, scored):
        return [{"sample": one.id, "vector": one.inputs} for one in scored]

    def score(self, rows):
        return {"sum": float(rows.columns["vector"].sum())}


def _rows(*vectors: object) -> list[dict[str, object]]:
    scored = [Scored(f"s{index}", vector, None, None) for index, vector in enumerate(vectors)]
    metric = Seen()
    return complete_rows(metric, scored, metric.evidence(scored), {one.id: () for one in scored})


@pytest.mark.parametrize("kind", ["<f4", "<f8", ">f8"])
def test_a_vector_is_kept_to_the_last_bit(kind: str) -> None:
    vectors = [np.array([0.1, -2.0, 1e-30], kind), np.array([3.0, 4.0, 5.0], kind)]
    rows = _rows(*vectors)
    assert all(isinstance(row["vector"], bytes) for row in rows)
    np.testing.assert_array_equal(unpacked(rows[0]["vector"]), vectors[0])
    column = as_evidence(rows).columns["vector"]
    assert column.dtype == np.dtype(kind).newbyteorder("<")
    np.testing.assert_array_equal(column, vectors)
    assert evidence_digest(rows) == evidence_digest(_rows(*(v.copy() for v in vectors)))
    assert evidence_digest(rows) != evidence_digest(_rows(*(v * 2 for v in vectors)))


def test_a_row_without_a_vector_is_null() -> None:
    evidence = as_evidence(_rows(np.ones(2), None))
    assert evidence.nulls("vector").tolist() == [False, True]


@pytest.mark.parametrize(
    "vector", [np.array([1.0, np.nan]), np.ones((2, 2)), np.array([1, 2]), np.ones(2, np.float16)]
)
def test_what_is_no_vector_is_refused(vector: np.ndarray) -> None:
    with pytest.raises(UsageError, match="as vector of s0"):
        _rows(vector)


def test_vectors_of_different_lengths_are_refused() -> None:
    with pytest.raises(UsageError, match="different lengths"):
        as_evidence(_rows(np.ones(2), np.ones(3)))


def test_bytes_that_are_no_vector_are_refused() -> None:
    with pytest.raises(DataError, match="no vector"):
        unpacked(b"junk")


def test_resampled_is_score_under_each_line_of_weights() -> None:
    weights = np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    metric = Pixel()
    columns = dict.fromkeys(metric.numbers, ROWS.columns["value"])
    rows = Evidence(columns, np.ones(4))
    fast = metric.resampled(rows, weights)
    slow = Metric.resampled(metric, rows, weights)
    assert fast.keys() == slow.keys()
    for name in fast:
        np.testing.assert_allclose(fast[name], slow[name], rtol=1e-15)
    assert np.isnan(fast["l1"][2])
