"""What holds of every metric whose evidence is rows: checked on samples made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.execution.evidence import as_evidence, complete_rows, slices_of, sorted_rows
from cfbench.metrics import Evidence, Metric, Scored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Samples = list[Scored[Any, Any, Any]]


def complete(metric: Metric, scored: Samples, slices: Mapping[str, tuple[str, ...]] | None = None) -> Any:
    """Rows as a run keeps them."""
    named = {one.id: (slices or {}).get(one.id, ()) for one in scored}
    return sorted_rows(complete_rows(metric, scored, metric.evidence(scored), named))


def evidence_of(metric: Metric, scored: Samples) -> Evidence:
    return as_evidence(complete(metric, scored))


def score(metric: Metric, scored: Samples) -> dict[str, float | None]:
    return metric.score(evidence_of(metric, scored))


def slice_scores(metric: Metric, scored: Samples, slices: Mapping[str, tuple[str, ...]] | None = None) -> Any:
    found = slices_of(metric, complete(metric, scored, slices))
    return {name: metric.score(rows) for name, rows in found.items()}


def repeated(rows: Evidence, times: Sequence[int]) -> Evidence:
    """The rows, each as often as it counts."""
    return Evidence.of({name: np.repeat(values, times, axis=0) for name, values in rows.columns.items()})


def check(metric: Metric, scored: Samples) -> None:
    """Order, cut and resampling change nothing; a weight is a repetition; values are in their range."""
    rows = evidence_of(metric, scored)
    whole = metric.score(rows)
    for name, value in whole.items():
        low, high = metric.numbers[name].range
        assert value is not None
        assert (low is None or low <= value) and (high is None or value <= high), name
    random = np.random.default_rng(0)
    shuffled = [scored[at] for at in random.permutation(len(scored))]
    assert sorted_rows([row for one in shuffled for row in complete(metric, [one])]) == complete(
        metric, scored
    )
    order = random.permutation(len(rows))
    moved = Evidence.of({name: values[order] for name, values in rows.columns.items()})
    _close(metric.score(moved), whole)
    lines = random.poisson(1, (20, len(rows))).astype(np.float64)
    lines[0], lines[1] = 1, 0
    lines[2:4, 3:] = 0  # most of what is counted is then missing
    found = metric.resampled(rows, lines)
    _close({name: values[0] for name, values in found.items()}, whole)
    for index, line in enumerate(lines):
        resample = {name: values[index] for name, values in found.items()}
        _close(metric.score(Evidence(rows.columns, line)), resample)
        if line.any():
            _close(metric.score(repeated(rows, line.astype(int))), resample)


def _close(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """None is NaN."""
    pairs = [
        [np.nan if values[name] is None else values[name] for name in wanted] for values in (found, wanted)
    ]
    assert found.keys() == wanted.keys()
    np.testing.assert_allclose(*pairs, rtol=1e-12, atol=1e-12)
