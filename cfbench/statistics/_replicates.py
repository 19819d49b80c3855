"""A metric's numbers under many weightings of its units.

Two ways with one face: ``UnitMeans`` from sums by unit, for means; ``Rescored`` through ``Metric.resampled``.
Both give (lines, numbers), NaN where undefined, and what they give depends neither on the order of rows, nor on
the numbers asked for, nor on the number of threads.
"""

from __future__ import annotations

from itertools import chain, product
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cfbench.metrics.base import Evidence, MeanMetric, Metric
from cfbench.statistics._units import in_canonical_order
from cfbench.threads import limited_threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from cfbench.statistics._units import Positions

    Floats = npt.NDArray[np.float64]

TOGETHER = 1 << 19
"""The most weights in float64 that are held together, but for a single line of more."""


_ONE_THREAD = 1 << 18  # products of numbers, up to which OpenBLAS uses one thread
_HUGE = 2.0**900  # a column with a value from here on is infinite under every weighting


class Replicates(Protocol):
    """The numbers of a metric as a function of how often each unit counts."""

    def under(self, counts: Iterable[npt.NDArray[Any]]) -> Floats:
        """The numbers under each line of the blocks of (lines, units)."""

    def without_each(self) -> Floats:
        """The numbers without the first unit, without the second, and so on."""


def replicates(
    metric: Metric, rows: Evidence, row_unit: Positions, units: int, names: Sequence[str]
) -> Replicates:
    """The faster way that fits the metric."""
    if is_mean(metric):
        return UnitMeans(rows, row_unit, units, names)
    return Rescored(metric, rows, row_unit, units, names)


def is_mean(metric: Metric) -> bool:
    """Whether each number is the mean of its column, and nothing else."""
    return isinstance(metric, MeanMetric) and type(metric).score is MeanMetric.score


class UnitMeans:
    """Weighted means from sums by unit, each sum a high and a low part that add without rounding.

    A part is a whole number below 2**53 however the units are summed, so that a matrix product is exact in any
    order and on any number of threads. What the two leave out is below 2**-50 of a column's largest value.
    """

    def __init__(self, rows: Evidence, row_unit: Positions, units: int, names: Sequence[str]) -> None:
        self.units = units
        spare = int(max(1, units * int(np.bincount(row_unit, minlength=1).max()))).bit_length()
        self._columns: list[Floats] = []
        self._exponents: list[int] = []
        whole = self._add(rows.weight, row_unit, spare)
        self._numerators: list[list[int] | None] = []
        self._denominators: list[list[int]] = []
        for name in names:
            values = rows.columns[name].astype(np.float64)
            known = ~np.isnan(values)
            terms = rows.weight * np.where(known, values, 0.0)
            every = bool(known.all())
            self._denominators.append(whole if every else self._add(rows.weight * known, row_unit, spare))
            small = bool((np.abs(terms) < _HUGE).all())
            self._numerators.append(self._add(terms, row_unit, spare) if small else None)
        self.sums = np.column_stack(self._columns)

    def _add(self, terms: Floats, row_unit: Positions, spare: int) -> list[int]:
        """The columns that the sums by unit of these terms are kept in."""
        places: list[int] = []
        largest = np.frexp(np.abs(terms).max(initial=0.0))[1]
        exponent = int(largest) + spare - 53
        for _ in range(2):
            part = np.rint(np.ldexp(terms, -exponent))
            if part.any() or not places:
                places.append(len(self._columns))
                self._columns.append(np.bincount(row_unit, part, self.units).astype(np.float64, copy=False))
                self._exponents.append(exponent)
            terms = terms - np.ldexp(part, exponent)
            exponent += spare - 53
        return places

    def under(self, counts: Iterable[npt.NDArray[Any]]) -> Floats:
        """The means under each line of counts; a unit counts a whole number of times, all at most ``units``."""
        return self.means(line_sums(counts, self.sums))

    def without_each(self) -> Floats:
        """The means without each unit."""
        return self.means(self.sums.sum(axis=0) - self.sums)

    def means(self, totals: Floats) -> Floats:
        """The means that belong to totals of the columns."""
        found: Floats = np.full((len(totals), len(self._numerators)), np.nan)
        for index, (above, below) in enumerate(zip(self._numerators, self._denominators, strict=True)):
            if above is None:
                found[:, index] = np.inf
                continue
            weight = self._value(totals, below)
            np.divide(self._value(totals, above), weight, out=found[:, index], where=weight != 0)
        return found

    def _value(self, totals: Floats, places: Sequence[int]) -> Floats:
        parts = [np.ldexp(totals[:, place], self._exponents[place]) for place in places]
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]


class Rescored:
    """Any metric, through ``Metric.resampled`` with the rows in canonical order.

    BLAS is held to one thread meanwhile: the metric's own products may round differently on several.
    """

    def __init__(
        self, metric: Metric, rows: Evidence, row_unit: Positions, units: int, names: Sequence[str]
    ) -> None:
        self._metric, self._units, self._names = metric, units, names
        self._rows, self._row_unit = in_canonical_order(rows, row_unit, metric.resampled_by(rows))

    def under(self, counts: Iterable[npt.NDArray[Any]]) -> Floats:
        """The numbers under each line of counts."""
        blocks = _cut(counts, max(self._units, len(self._rows)))
        return self._of(lines[:, self._row_unit] for lines in blocks)

    def without_each(self) -> Floats:
        """The numbers without each unit; it takes as many scores as there are units."""
        together = max(1, TOGETHER // max(1, len(self._rows)))
        starts = range(0, self._units, together)
        return self._of(
            np.arange(start, min(start + together, self._units))[:, np.newaxis] != self._row_unit
            for start in starts
        )

    def _of(self, times: Iterable[npt.NDArray[Any]]) -> Floats:
        with limited_threads(1):
            return np.concatenate(
                [resampled(self._metric, self._rows, lines, self._names) for lines in times]
            )


def resampled(metric: Metric, rows: Evidence, times: npt.NDArray[Any], names: Sequence[str]) -> Floats:
    """``Metric.resampled`` with each row counted that many times more, as (lines, numbers)."""
    way = type(metric).resampled if resamples_itself(metric) else Metric.resampled
    numbers = way(metric, rows, rows.weight * times)
    return np.column_stack([numbers[name] for name in names])


def resamples_itself(metric: Metric) -> bool:
    """Whether its ``resampled`` is its own: one inherited past a ``score`` of its own is of another metric."""
    for kind in type(metric).__mro__:
        if "resampled" in vars(kind):
            return kind is not Metric
        if "score" in vars(kind):
            return False
    return False


def line_sums(blocks: Iterable[npt.NDArray[Any]], sums: Floats) -> Floats:
    """The columns of ``sums``, whole numbers, added up under each line of counts: exact, in any order.

    Cut so small that OpenBLAS stays on the thread it is called from: others gain nothing and, where cores are
    shared, hold it up several times over.
    """
    units, columns = sums.shape
    together = max(1, _ONE_THREAD // columns)
    width = min(units, max(1, together // 32))
    height = together // width
    found = []
    for counts in blocks:
        totals = np.zeros((len(counts), columns))
        for top, left in product(range(0, len(counts), height), range(0, units, width)):
            cut = counts[top : top + height, left : left + width].astype(np.float64)
            totals[top : top + height] += cut @ sums[left : left + width]
        found.append(totals)
    return np.concatenate(found)


def _cut(blocks: Iterable[npt.NDArray[Any]], width: int) -> Iterator[npt.NDArray[Any]]:
    together = max(1, TOGETHER // width)
    return chain.from_iterable(
        (block[start : start + together] for start in range(0, len(block), together)) for block in blocks
    )
