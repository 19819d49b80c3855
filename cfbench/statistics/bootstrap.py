"""Bootstrap intervals of any metric, by resampling its units: samples, unless it or the data set names others.

Guarantees:
    * Units are drawn, not rows: all rows of a sample (the turns of a dialogue) or of whatever ``metric.unit``
      names (a group of samples) come or stay together; where the data set groups its samples, all rows of a group.
    * The interval is a pure function of the metric, the set of rows and the seed: the order of rows, the
      machine's threads and the other numbers asked for do not matter.
    * Metrics over equally many units draw the same ones: over the same samples, they are paired.
    * A mean metric takes a short cut over sums by unit, and gets what its ``score`` would get, up to rounding.
    * Memory stays at a few arrays as long as the evidence, and at most 48 MB of draws that are kept for the next
      metric, whatever the number of resamples.
    * A resample may leave a number undefined, as when it draws no row that has a value. Fewer than 5 % of such
      resamples are left out: the interval is then that of the number where it is defined. More of them, and
      there is no interval: the number hangs on so few units that percentiles would flatter it.

Limits:
    * With few units of a skewed law the interval covers less than its level says: measured for a mean of
      exponential values at 0.95, the percentile interval holds the truth in 0.89 of trials with 20 units, 0.92
      with 100.
    * Only the units are taken to be random: neither the training nor the seed of a model is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from cfbench.errors import UsageError
from cfbench.statistics._draws import count_blocks
from cfbench.statistics._ends import Interval, bca_ends, defined, percentile_ends
from cfbench.statistics._replicates import Replicates, replicates
from cfbench.statistics._units import chosen_numbers, units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.metrics.base import Evidence, Metric

Method = Literal["percentile", "bca"]


def intervals(
    metric: Metric,
    rows: Evidence,
    *,
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
    names: Sequence[str] | None = None,
    method: Method = "percentile",
) -> dict[str, Interval | None]:
    """The interval of each number of ``metric`` (or of ``names``).

    None with fewer than two units, without resamples, where 5 % of the resamples or more leave the number
    undefined, and for a metric without intervals, whose evidence is not looked at.

    ``bca`` corrects the percentiles for bias and for a spread that changes with the value (Efron 1987), the latter
    by leaving out each unit in turn: for a metric that is no mean, that is a score a unit. The interval is the
    percentile one where all resamples lie on one side of the value, where the number without some unit is
    undefined or without any unit is the same, and where the correction leaves the range of shares.
    """
    check_resampling(resamples, level)
    if method not in get_args(Method):
        raise UsageError(f"There is no interval '{method}'", f"there are {', '.join(get_args(Method))}")
    chosen = chosen_numbers(metric, names)
    if not metric.with_intervals or resamples == 0 or not chosen:
        return dict.fromkeys(chosen)
    units, row_unit = units_of(metric, rows)
    if units < 2:
        return dict.fromkeys(chosen)
    source = replicates(metric, rows, row_unit, units, chosen)
    values = source.under(count_blocks(seed, units, resamples))
    if method == "percentile":
        kept = [defined(column) for column in values.T]
        ends = [None if column is None else percentile_ends(column, level) for column in kept]
    else:
        ends = _accelerated(source, values, units, level)
    return dict(zip(chosen, ends, strict=True))


def check_resampling(resamples: int, level: float) -> None:
    """Refuse what is no number of resamples and no level."""
    if resamples < 0:
        raise UsageError(f"{resamples} resamples are not possible", "", "Give 0 or more")
    if not 0 < level < 1:
        raise UsageError(f"{level} is not a level", "it is a share of resamples", "Give one between 0 and 1")


def _accelerated(
    source: Replicates, values: npt.NDArray[np.float64], units: int, level: float
) -> list[Interval | None]:
    estimates = source.under([np.ones((1, units))])[0]
    without_each = source.without_each()
    ends: list[Interval | None] = []
    for column, estimate, left in zip(values.T, estimates.tolist(), without_each.T, strict=True):
        kept = defined(column)
        if kept is None or not np.isfinite(estimate):
            ends.append(None)
        else:
            ends.append(bca_ends(kept, level, estimate, left))
    return ends
