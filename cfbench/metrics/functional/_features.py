"""Sets of features for the distances between sets: what is refused, and how they are centred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import floats

if TYPE_CHECKING:
    from cfbench.metrics.functional._arrays import Floats

_BLOCK = 1 << 19  # values converted at a time: what stays in the cache is read once


def features(value: Any, name: str) -> Floats:
    """The value as float64 (n, d) with d of at least 1."""
    found = floats(value, name, "samples", "dimensions")
    if found.shape[1] == 0:
        raise DataError(f"'{name}' has no dimensions", f"its shape is {found.shape}")
    return found


def feature_sets(x: Any, y: Any) -> tuple[Floats, Floats]:
    """Two sets of at least two samples with the same dimensions, in float64, or a `DataError`."""
    x, y = features(x, "x"), features(y, "y")
    enough(len(x), "x")
    enough(len(y), "y")
    alike(x.shape[1], y.shape[1])
    return x, y


def paired_sets(x: Any, y: Any) -> tuple[Floats, Floats]:
    """Two sets whose lines belong together, or a `DataError`."""
    x, y = feature_sets(x, y)
    if len(x) != len(y):
        raise DataError("The features are no pairs", f"x has {len(x)} samples, y {len(y)}")
    return x, y


def contrasts(value: Any, name: str) -> tuple[Floats, Floats]:
    """The mean of a set of n >= 2, and n - 1 lines whose product with itself is the scatter about the mean.

    They are the deviations from the first sample under the reflection that takes the mean's direction to the first
    axis, without that axis. So no line is a combination of the others because of the mean, and samples that are
    equal have a variance of exactly 0.
    """
    sliced = getattr(value, "ndim", 0) == 2 and not getattr(value, "is_sparse", False)
    rows = value if sliced else features(value, name)
    first = features(rows[:1], name)
    count, dimensions = rows.shape
    enough(count, name)
    lines = np.empty((count - 1, dimensions))
    total = np.zeros(dimensions)
    step = max(1, _BLOCK // dimensions)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, count - 1, step):
            part = lines[start : start + step]
            np.subtract(_block(rows, start + 1, len(part), name), first, out=part)
            total += part.sum(axis=0)
        lines -= total / (count + np.sqrt(count))
        return first[0] + total / count, lines


def _block(rows: Any, start: int, length: int, name: str) -> Floats:
    try:
        return features(rows[start : start + length], name)
    except DataError:
        features(rows, name)  # the same error, about all of them
        raise


def enough(count: int, name: str) -> None:
    """Refuse a set without a covariance."""
    if count < 2:
        raise DataError(f"'{name}' has {count} sample(s)", "a covariance needs at least two")


def alike(one: int, other: int) -> None:
    """Refuse sets of different dimensions."""
    if one != other:
        raise DataError(
            "The features do not belong together", f"one set has {one} dimensions, the other {other}"
        )


def overflow() -> DataError:
    """The features are finite and their squares are not."""
    return DataError("The features are too large", "their squares overflow float64")
