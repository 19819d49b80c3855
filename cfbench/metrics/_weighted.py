"""What metrics share whose numbers are no plain means: one computation for a score and for all its resamples."""

from __future__ import annotations

from abc import abstractmethod
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.metrics.base import Evidence, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.intp]


class WeightedMetric(Metric):
    """A metric that says how its numbers follow from the rows under any weights."""

    @abstractmethod
    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """Each number under each line of ``weights`` (lines, rows); not finite where it is undefined."""

    def score(self, rows: Evidence) -> dict[str, float | None]:
        """The numbers under the rows' own weights; what is beyond float64 is None, too."""
        found = self.under(rows, rows.weight[np.newaxis])
        return {name: float(line[0]) if np.isfinite(line[0]) else None for name, line in found.items()}

    def resampled(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """The numbers under all lines at once."""
        return self.under(rows, weights)


def coded(names: npt.NDArray[Any]) -> tuple[list[str], Codes]:
    """The distinct texts in the order of the alphabet, and the position of each text among them; -1 where there is none."""
    listed = names.tolist()
    distinct = sorted(name for name in set(listed) if isinstance(name, str))  # a column of nulls is NaN
    position = {name: index for index, name in enumerate(distinct)}
    return distinct, np.fromiter((position.get(name, -1) for name in listed), np.intp, len(listed))


def means(weights: Floats, columns: Mapping[str, npt.NDArray[Any]]) -> dict[str, Floats]:
    """The mean of each column over the rows with a value, under each line of weights; NaN where there is none."""
    values = np.column_stack([values.astype(np.float64) for values in columns.values()])
    known = ~np.isnan(values)
    totals = weights @ known.astype(np.float64)
    found = ratio(weights @ np.where(known, values, 0.0), totals)
    return dict(zip(columns, found.T, strict=True))


class Groups:
    """Rows that are counted by group; ``codes`` gives the group of each, -1 where it belongs to none."""

    def __init__(self, codes: Codes) -> None:
        order = np.argsort(codes, kind="stable")
        self._order = order[codes[order] >= 0]
        self.present: Codes
        self.present, starts = np.unique(codes[self._order], return_index=True)
        self._bounds = [*starts.tolist(), len(self._order)]

    def sums(self, weights: Floats, values: Floats) -> Floats:
        """(lines, groups present, columns): the weighted sums of the values (rows, columns) of each group."""
        lines, ordered = weights[:, self._order], values[self._order]
        totals: Floats = np.empty((len(lines), len(self.present), ordered.shape[1]))
        for group, (start, end) in enumerate(pairwise(self._bounds)):
            totals[:, group] = lines[:, start:end] @ ordered[start:end]
        return totals


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Element by element, NaN where the denominator is 0."""
    values: Floats = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=values, where=denominator != 0)
    return values
