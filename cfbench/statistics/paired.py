"""Two models on the same samples: how much better is the second, and could that be chance?

Guarantees, both tests:
    * Rows are joined by unit and sample; evidence of other samples is refused, never cut to what is common.
    * The outcome is a pure function of the metric, the two sets of rows and the seed: neither the order of rows nor
      the machine's threads matter.
    * No p-value is 0, and one of two models that agree in every row is 1.

Which one: the permutation test asks whether the two could have been swapped unit by unit, and is exact for few units;
the bootstrap gives the interval of the difference, and a p-value that agrees with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfbench.errors import UsageError
from cfbench.randomness import generator
from cfbench.statistics._draws import count_blocks
from cfbench.statistics._ends import Interval, defined, percentile_ends
from cfbench.statistics._replicates import (
    TOGETHER,
    UnitMeans,
    is_mean,
    line_sums,
    replicates,
    resampled,
    resamples_itself,
)
from cfbench.statistics._units import chosen_numbers, in_canonical_order, joined_rows, joined_units
from cfbench.statistics.bootstrap import check_resampling
from cfbench.threads import limited_threads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from cfbench.metrics.base import Evidence, Metric
    from cfbench.statistics._replicates import Replicates
    from cfbench.statistics._units import Positions

    Floats = npt.NDArray[np.float64]
    Swaps = npt.NDArray[np.uint8]  # (permutations, units), 1 where a unit is swapped

SAME = 1e-12
"""Two differences are the same if they differ by less than this share of the numbers' size: rounding."""


@dataclass(frozen=True)
class PairedInterval:
    """The difference of a number, second minus first, under a paired bootstrap."""

    difference: float | None
    """None where one of the two is undefined."""
    interval: Interval | None
    """Percentile ends; None where ``intervals`` would have none."""
    p_value: float | None
    """Two-sided, by inversion: (1 + resamples on the rarer side of 0) / (1 + resamples), doubled, at most 1.

    A resample with a difference of 0 counts on both sides. Below ``1 - level``, the interval leaves 0 out.
    """
    units: int


@dataclass(frozen=True)
class PairedPermutation:
    """The difference of a number, second minus first, among those with units swapped between the two."""

    difference: float | None
    """None where one of the two is undefined."""
    p_value: float | None
    """Two-sided: the share of permutations whose difference is as large, or undefined.

    Of drawn permutations it is (1 + such) / (1 + permutations); None where the difference is.
    """
    permutations: int
    """How many were looked at."""
    exact: bool
    """Whether they were all that there are."""
    units: int


def paired_bootstrap(
    metric: Metric,
    rows_a: Evidence,
    rows_b: Evidence,
    *,
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
    names: Sequence[str] | None = None,
) -> dict[str, PairedInterval]:
    """How much each number of the second exceeds that of the first, by the same draws of units for both.

    Neither interval nor p-value with fewer than two units, without resamples, where 5 % of the resamples or more
    leave the difference undefined, and for a metric without intervals.
    """
    check_resampling(resamples, level)
    chosen = chosen_numbers(metric, names)
    units, unit_a, unit_b = joined_units(metric, rows_a, rows_b)
    if units == 0 or not chosen:
        return dict.fromkeys(chosen, PairedInterval(None, None, None, units))
    first = replicates(metric, rows_a, unit_a, units, chosen)
    second = replicates(metric, rows_b, unit_b, units, chosen)
    differences = _as_they_are(first, second, units).tolist()
    if units < 2 or resamples == 0 or not metric.with_intervals:
        drawn = np.empty((0, len(chosen)))
    else:
        drawn = _difference(*(each.under(count_blocks(seed, units, resamples)) for each in (first, second)))
    return {
        name: _paired_interval(difference, defined(column), units, level)
        for name, difference, column in zip(chosen, differences, drawn.T, strict=True)
    }


def _paired_interval(difference: float, drawn: Floats | None, units: int, level: float) -> PairedInterval:
    if not np.isfinite(difference):
        return PairedInterval(None, None, None, units)
    if drawn is None:
        return PairedInterval(difference, None, None, units)
    rarer = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    p_value = min(1.0, 2 * (1 + rarer) / (1 + len(drawn)))
    return PairedInterval(difference, percentile_ends(drawn, level), p_value, units)


def paired_permutation(
    metric: Metric,
    rows_a: Evidence,
    rows_b: Evidence,
    *,
    seed: int,
    permutations: int = 10_000,
    names: Sequence[str] | None = None,
) -> dict[str, PairedPermutation]:
    """Whether each number differs more between the two than between two that had units swapped at random.

    All rows of a unit change sides together. Every permutation is looked at where there are at most
    ``permutations`` of them, else as many are drawn, the same for every metric over as many units.

    A mean metric is tested by sums over units. Another is tested by its ``resampled`` on the rows of both, those of
    the other side with weight 0, if it has one of its own: it then takes such rows for absent ones, or, where it
    ranks samples within a population, for a part of that. Else it is scored on the rows of each side, twice a
    permutation. ``difference`` is always that of the scores of either by itself.
    """
    if permutations < 1:
        raise UsageError(f"{permutations} permutations are not possible", "", "Give 1 or more")
    chosen = chosen_numbers(metric, names)
    units, unit_a, unit_b = joined_units(metric, rows_a, rows_b)
    exact = 2**units <= permutations
    looked_at = 2**units if exact else permutations
    if units == 0 or not chosen:
        return dict.fromkeys(chosen, PairedPermutation(None, None, looked_at, exact, units))
    rows = joined_rows(metric, rows_a, rows_b)
    sides = np.concatenate([unit_a, units + unit_b])
    way = _SwappedMeans if is_mean(metric) else _SwappedRows
    swapped = way(metric, rows, sides, units, chosen)
    first, second = (each[0] for each in swapped.under(np.zeros((1, units), dtype=np.uint8)))
    observed = _difference(first, second)
    if is_mean(metric):
        differences = observed
    else:
        alone = _as_they_are(
            replicates(metric, rows_a, unit_a, units, chosen),
            replicates(metric, rows_b, unit_b, units, chosen),
            units,
        )
        differences = np.where(np.isfinite(observed), alone, np.nan)
    as_large = np.zeros(len(chosen), dtype=np.int64)
    least = np.abs(observed) - SAME * np.maximum(np.abs(first), np.abs(second))
    with limited_threads(1):
        for swaps in _every_swap(units) if exact else _drawn_swaps(seed, units, permutations):
            # What is undefined counts as large: a p-value errs upwards.
            as_large += (~(np.abs(_difference(*swapped.under(swaps))) < least)).sum(axis=0)
    p_values = as_large / looked_at if exact else (1 + as_large) / (1 + looked_at)
    return {
        name: PairedPermutation(
            float(difference) if np.isfinite(difference) else None,
            float(p_value) if np.isfinite(difference) else None,
            looked_at,
            exact,
            units,
        )
        for name, difference, p_value in zip(chosen, differences, p_values, strict=True)
    }


class _SwappedMeans:
    """Both sides' means from sums by unit and side, which are exact in any order."""

    def __init__(self, _: Metric, rows: Evidence, sides: Positions, units: int, names: Sequence[str]) -> None:
        self._means = UnitMeans(rows, sides, 2 * units, names)
        first, second = self._means.sums[:units], self._means.sums[units:]
        self._change, self._unswapped, self._all = (
            second - first,
            first.sum(axis=0),
            (first + second).sum(axis=0),
        )

    def under(self, swaps: Swaps) -> tuple[Floats, Floats]:
        """The numbers of the first and of the second side, each (permutations, numbers)."""
        first = line_sums([swaps], self._change) + self._unswapped
        return self._means.means(first), self._means.means(self._all - first)


class _SwappedRows:
    """Both sides' numbers of any metric, from the rows of both in canonical order."""

    def __init__(
        self, metric: Metric, rows: Evidence, sides: Positions, units: int, names: Sequence[str]
    ) -> None:
        self._metric, self._names = metric, names
        self._rows, sides = in_canonical_order(rows, sides, metric.resampled_by(rows))
        self._row_unit, self._of_second = sides % units, sides >= units

    def under(self, swaps: Swaps) -> tuple[Floats, Floats]:
        """The numbers of the first and of the second side, each (permutations, numbers)."""
        in_first = (swaps[:, self._row_unit] == 1) == self._of_second
        return self._of(in_first), self._of(~in_first)

    def _of(self, present: npt.NDArray[np.bool_]) -> Floats:
        if resamples_itself(self._metric):
            return resampled(self._metric, self._rows, present, self._names)
        scores = [self._metric.score(self._rows.where(line)) for line in present]
        return np.array([[score[name] for name in self._names] for score in scores], dtype=np.float64)


def _every_swap(units: int) -> Iterator[Swaps]:
    together = max(1, TOGETHER // units)
    for start in range(0, 2**units, together):
        codes = np.arange(start, min(start + together, 2**units))[:, np.newaxis]
        yield (codes >> np.arange(units) & 1).astype(np.uint8)


def _drawn_swaps(seed: int, units: int, permutations: int) -> Iterator[Swaps]:
    together = max(1, TOGETHER // units)
    for start in range(0, permutations, together):
        size = min(together, permutations - start) * units
        words = generator(seed, "permutation", units, start).bit_generator.random_raw(-(-size // 64))
        bits = np.unpackbits(np.asarray(words, dtype="<u8").view(np.uint8), count=size)
        yield bits.reshape(-1, units)


def _as_they_are(first: Replicates, second: Replicates, units: int) -> Floats:
    """The difference of each number with every unit counted once."""
    once = [np.ones((1, units))]
    difference: Floats = _difference(first.under(once), second.under(once))[0]
    return difference


def _difference(first: Floats, second: Floats) -> Floats:
    with np.errstate(invalid="ignore"):  # between infinities there is none
        return second - first
