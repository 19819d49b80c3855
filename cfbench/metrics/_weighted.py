"""What metrics share whose numbers are no plain means: one computation for a score and for all its resamples."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.metrics.base import Evidence, Metric

if TYPE_CHECKING:
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
    """The distinct texts in the order of the alphabet, and the position of each text among them."""
    listed = names.tolist()
    distinct = sorted(set(listed))
    position = {name: index for index, name in enumerate(distinct)}
    return distinct, np.fromiter(map(position.__getitem__, listed), np.intp, len(listed))


def sums(weights: Floats, values: Floats) -> Floats:
    """The weighted sum of the values under each line of weights."""
    totals: Floats = np.einsum("ln,n->l", weights, values)
    return totals


def sums_by_group(weights: Floats, codes: Codes, groups: int) -> Floats:
    """The weights of each group, (lines, groups), of rows that belong to group ``codes``; 0 for an empty one."""
    totals: Floats = np.zeros((len(weights), groups))
    if len(codes):
        order = np.argsort(codes, kind="stable")
        present, starts = np.unique(codes[order], return_index=True)
        totals[:, present] = np.add.reduceat(weights[:, order], starts, axis=1)
    return totals


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Element by element, NaN where the denominator is 0."""
    values: Floats = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=values, where=denominator != 0)
    return values
