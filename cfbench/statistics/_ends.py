"""The ends of an interval, from what resamples gave."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Interval = tuple[float, float]
MOST_UNDEFINED = 0.05
"""The share of undefined resamples from which on a number has no interval."""


def defined(values: Floats) -> Floats | None:
    """The resamples that define the number; None where too few do, or where one is infinite.

    An infinite value is no undefined one: to leave it out would draw the interval's ends together.
    """
    undefined = np.isnan(values)
    if not len(values) or np.isinf(values).any() or undefined.mean() >= MOST_UNDEFINED:
        return None
    return values[~undefined]


def percentile_ends(values: Floats, level: float) -> Interval:
    """The shares of ``1 - level`` cut off at both ends, half each."""
    tail = (1 - level) / 2
    return _ends(values, tail, 1 - tail)


def bca_ends(values: Floats, level: float, estimate: float, without_each: Floats) -> Interval:
    """Efron's bias-corrected and accelerated ends; the percentile ends where the correction is undefined."""
    # Half of the resamples that equal the estimate lie below it, as in scipy.
    below = float(((values < estimate).mean() + (values <= estimate).mean()) / 2)
    acceleration = _acceleration(without_each)
    if acceleration is None or not 0 < below < 1:
        return percentile_ends(values, level)
    normal = NormalDist()
    bias = normal.inv_cdf(below)
    shares = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        shifted = bias + normal.inv_cdf(tail)
        stretch = 1 - acceleration * shifted
        if stretch <= 0:
            return percentile_ends(values, level)
        shares.append(normal.cdf(bias + shifted / stretch))
    return _ends(values, *shares)


def _acceleration(without_each: Floats) -> float | None:
    if not np.isfinite(without_each).all():
        return None
    away = without_each.mean() - without_each
    largest = float(np.abs(away).max())
    # Below that, the differences are nothing but rounding.
    if largest <= 1e-13 * float(np.abs(without_each).max()):
        return None
    away = away / largest
    return float((away**3).sum() / (6 * math.pow(float((away**2).sum()), 1.5)))


def _ends(values: Floats, low: float, high: float) -> Interval:
    ends = np.quantile(values, [low, high])
    return float(ends[0]), float(ends[1])
