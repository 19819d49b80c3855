"""Percentile bootstrap intervals of any metric, by resampling samples.

Guarantees:
    * Samples are drawn, not rows: all rows of a sample (the turns of a dialogue) come or stay together.
    * The interval is a pure function of the metric, the set of rows and the seed: the order of rows, the
      machine's threads and the other numbers asked for do not matter.
    * A mean metric takes a short cut over sums by sample, and gets what its ``score`` would get, up to rounding.
    * Memory stays at a few arrays as long as the evidence, whatever the number of resamples.

Limits:
    * With few samples of a skewed law the interval covers less than its level says: measured for a mean of
      exponential values at 0.95, it holds the truth in 0.89 of trials with 20 samples, 0.92 with 100.
    * Only the samples are taken to be random: neither the training nor the seed of a model is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError, UsageError
from cfbench.metrics.base import Evidence, MeanMetric, Metric
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Sequence

Interval = tuple[float, float]
Draw = npt.NDArray[np.int64]  # the positions of the samples drawn, as many as there are samples
Replicate = Callable[
    [Draw], npt.NDArray[np.float64]
]  # the chosen numbers of one resample, NaN where undefined


def intervals(
    metric: Metric,
    rows: Evidence,
    *,
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
    names: Sequence[str] | None = None,
) -> dict[str, Interval | None]:
    """The interval of each number of ``metric`` (or of ``names``).

    None with fewer than two samples, without resamples, or where a resample leaves the number undefined.
    """
    _check(resamples, level)
    chosen = tuple(metric.numbers if names is None else names)
    samples, row_sample = _samples(rows)
    if samples < 2 or resamples == 0:
        return dict.fromkeys(chosen)
    rows, row_sample = _in_canonical_order(rows, row_sample)
    if isinstance(metric, MeanMetric) and type(metric).score is MeanMetric.score:
        replicate = _mean_of_draw(rows, row_sample, samples, chosen)
    else:
        replicate = _score_of_draw(metric, rows, row_sample, samples, chosen)
    # The same draws for every number and protocol of a metric: differences between them are paired.
    random = generator(seed, "bootstrap", metric.name)
    values = np.empty((resamples, len(chosen)))
    for index in range(resamples):
        values[index] = replicate(random.integers(0, samples, size=samples))
    return {name: _percentiles(column, level) for name, column in zip(chosen, values.T, strict=True)}


def _check(resamples: int, level: float) -> None:
    if resamples < 0:
        raise UsageError(f"{resamples} resamples are not possible", "", "Give 0 or more")
    if not 0 < level < 1:
        raise UsageError(f"{level} is not a level", "it is a share of resamples", "Give one between 0 and 1")


def _samples(rows: Evidence) -> tuple[int, npt.NDArray[np.intp]]:
    """How many samples there are, and the position of each row's sample among them, by id."""
    if not rows.columns:
        return 0, np.zeros(0, dtype=np.intp)
    if "sample" not in rows.columns:
        raise DataError(
            "Evidence without a 'sample' column cannot be resampled",
            f"its columns are {', '.join(rows.columns)}",
            "Name the sample of each row that the metric returns",
        )
    ids, positions = np.unique(rows.columns["sample"].astype(str), return_inverse=True)
    return len(ids), positions


def _in_canonical_order(
    rows: Evidence, row_sample: npt.NDArray[np.intp]
) -> tuple[Evidence, npt.NDArray[np.intp]]:
    """The rows in an order that depends on their content alone: sums then round the same."""
    columns = [values for name, values in sorted(rows.columns.items()) if name != "sample"]
    keys = [values.astype(str) if values.dtype == object else values for values in columns]
    order = np.lexsort([rows.weight, *keys, row_sample])
    ordered = {name: values[order] for name, values in rows.columns.items()}
    return Evidence(ordered, rows.weight[order]), row_sample[order]


def _mean_of_draw(
    rows: Evidence, row_sample: npt.NDArray[np.intp], samples: int, names: Sequence[str]
) -> Replicate:
    weights = np.bincount(row_sample, rows.weight, samples)
    sums = np.empty((len(names), samples))
    for index, name in enumerate(names):
        weighted = rows.weight * rows.columns[name].astype(np.float64)
        sums[index] = np.bincount(row_sample, weighted, samples)

    def replicate(draw: Draw) -> npt.NDArray[np.float64]:
        total = weights[draw].sum()
        if total == 0:
            return np.full(len(names), np.nan)
        # ``take`` lays each number's values side by side, so that its sum rounds alike in any company.
        means: npt.NDArray[np.float64] = np.take(sums, draw, axis=1).sum(axis=1) / total
        return means

    return replicate


def _score_of_draw(
    metric: Metric, rows: Evidence, row_sample: npt.NDArray[np.intp], samples: int, names: Sequence[str]
) -> Replicate:
    def replicate(draw: Draw) -> npt.NDArray[np.float64]:
        times = np.bincount(draw, minlength=samples)[row_sample]
        score = metric.score(Evidence(rows.columns, rows.weight * times))
        # None becomes NaN.
        return np.array([score[name] for name in names], dtype=np.float64)

    return replicate


def _percentiles(values: npt.NDArray[np.float64], level: float) -> Interval | None:
    if not np.isfinite(values).all():
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
