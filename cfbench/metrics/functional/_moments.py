"""Moments of features that are never in memory together."""

from __future__ import annotations

from typing import Any

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import Floats, floats
from cfbench.metrics.functional._covariance import EPSILON, Spread, cholesky
from cfbench.metrics.functional._features import alike, enough, features, overflow

_CHUNK = 1 << 24  # values that are held in float64 at a time: 128 MiB, or 8,192 rows of 2048


class StreamingMoments:
    """Count, mean and scatter of features that never stand in memory together: 8 d^2 bytes for any count.

    Any split into updates and merges gives the same moments up to rounding. The scatter is kept about the mean,
    as sums of raw outer products lose the covariance of features far from 0; `sums` gives those, which add.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean: Floats = np.zeros(0)
        self.scatter: Floats = np.zeros((0, 0))

    def update(self, values: Any) -> None:
        """Add a batch (n, d), array, memory map or tensor, in chunks. Of a batch that is refused nothing is added."""
        rows = values if getattr(values, "ndim", 0) == 2 else features(values, "features")
        step = max(1, _CHUNK // max(rows.shape[1], 1))
        if len(rows) <= step:
            self._extend(features(rows, "features"))
            return
        batch = StreamingMoments()
        for start in range(0, len(rows), step):
            batch._extend(features(rows[start : start + step], "features"))
        self.merge(batch)

    def merge(self, other: StreamingMoments) -> None:
        """Add what another has seen; the other stays as it is."""
        if other.count == 0:
            return
        if self.count == 0:
            self.count, self.mean, self.scatter = other.count, other.mean.copy(), other.scatter.copy()
            return
        alike(len(self.mean), len(other.mean))
        weight, step = self._advance(other.count, other.mean)
        self.scatter += other.scatter
        self.scatter += weight * np.outer(step, step)

    def sums(self) -> tuple[int, Floats, Floats]:
        """Count, sum and sum of outer products: a state that adds across processes."""
        outer = self.scatter + self.count * np.outer(self.mean, self.mean)
        return self.count, self.count * self.mean, outer

    @classmethod
    def from_sums(cls, count: int, total: Any, outer: Any) -> StreamingMoments:
        """Moments of added `sums`; features whose mean is far above their spread lose digits here."""
        total, outer = (
            floats(total, "total", "dimensions"),
            floats(outer, "outer", "dimensions", "dimensions"),
        )
        if outer.shape != (len(total), len(total)) or count < 0:
            raise DataError(
                "The sums do not belong together", f"count {count}, {total.shape} and {outer.shape}"
            )
        moments = cls()
        if count:
            mean = total / count
            scatter = outer - count * np.outer(mean, mean)
            if (scatter.diagonal() < -1e-9 * np.abs(outer.diagonal())).any():
                raise DataError("The sums do not belong together", "a variance is negative")
            moments.count, moments.mean, moments.scatter = int(count), mean, (scatter + scatter.T) / 2
        return moments

    def spread(self, name: str) -> Spread:
        """Mean and covariance of at least two samples."""
        enough(self.count, name)
        covariance = self.scatter / (self.count - 1)
        if not np.isfinite(covariance).all():
            raise overflow()
        dimensions = len(covariance)
        root = cholesky(covariance) if self.count > dimensions else None
        factor = _factor(covariance, self.count) if root is None else root
        trace = max(float(covariance.trace()), 0.0)
        return Spread(self.count, self.mean, trace, factor, triangular=root is not None)

    def _extend(self, rows: Floats) -> None:
        """Add a chunk, which is ours to change."""
        if len(rows) == 0:
            return
        if self.count == 0:
            self.mean, self.scatter = np.zeros(rows.shape[1]), np.zeros((rows.shape[1],) * 2)
        alike(len(self.mean), rows.shape[1])
        count = len(rows)
        with np.errstate(over="ignore", invalid="ignore"):
            first = rows[0].copy()
            rows -= first
            total = rows.sum(axis=0)
            rows -= total / (count + np.sqrt(count))  # all but the first: the lines of `contrasts`
            weight, step = self._advance(count, first + total / count)
            # the shift of the mean takes the place of the first line: one product for a chunk
            rows[0] = np.sqrt(weight) * step
            self.scatter += rows.T @ rows

    def _advance(self, count: int, mean: Floats) -> tuple[float, Floats]:
        """Move count and mean; how much of which outer product that adds to the scatter (Chan et al. 1979)."""
        step, together = mean - self.mean, self.count + count
        weight = self.count * count / together
        self.mean = self.mean + step * (count / together)
        self.count = together
        return weight, step


def _factor(covariance: Floats, count: int) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    dimensions = len(values)
    # eigenvalues that are only rounding would each add their root; n samples leave n - 1 true ones at most
    true = values > dimensions * EPSILON * max(values[-1], 0.0)
    true[: max(dimensions - (count - 1), 0)] = False
    roots: Floats = np.sqrt(values[true])
    factor: Floats = roots[:, None] * vectors[:, true].T
    return factor
