"""Average precision of multi-label scores, class by class, with ties that no order can change."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import Booleans, Floats, booleans, floats, same_length

INTERPOLATIONS = ("all-point", "11-point", "step")


class MeanAveragePrecision(NamedTuple):
    """The mean over the classes that have positives, and how many have and have none."""

    mean: float
    classes: int
    undefined: int


def average_precision(scores: Any, labels: Any, interpolation: str = "all-point") -> Floats:
    """Area under precision over recall of each class, (C,), from (n, C) scores and 0/1 labels.

    Samples of equal score share one threshold (sklearn's convention), so their order changes nothing. With
    P_t and R_t at each threshold from the highest score down:

    * ``step``: Σ (R_t - R_{t-1}) P_t, sklearn's ``average_precision_score``;
    * ``all-point``: the same with P_t replaced by the best precision at recall >= R_t (VOC 2010 and later);
    * ``11-point``: mean over r = 0, 0.1 .. 1 of the best precision at recall >= r (VOC 2007; Everingham et
      al., IJCV 2010); recalls are compared as exact fractions.

    Range (0, 1]; nan for a class without positives, hence for every class of no samples at all. NaN or
    infinite scores and labels other than 0 and 1: DataError.
    """
    if interpolation not in INTERPOLATIONS:
        raise DataError(
            f"There is no interpolation '{interpolation}'", f"there are {', '.join(INTERPOLATIONS)}"
        )
    numbers, truth = floats(scores, "scores", "n", "C"), booleans(labels, "labels", "n", "C")
    same_length(scores=numbers, labels=truth)
    if numbers.shape != truth.shape:
        raise DataError("Scores and labels do not belong together", f"shapes {numbers.shape}, {truth.shape}")
    by_class, positive = np.ascontiguousarray(numbers.T), np.ascontiguousarray(truth.T)
    pairs = zip(by_class, positive, strict=True)
    return np.array([_of_class(score, label, interpolation) for score, label in pairs], np.float64)


def mean_average_precision(
    scores: Any, labels: Any, interpolation: str = "all-point"
) -> MeanAveragePrecision:
    """The mean of :func:`average_precision` over the classes with positives; the others are counted.

    Range (0, 1]; nan where no class has a positive.
    """
    values = average_precision(scores, labels, interpolation)
    defined = values[~np.isnan(values)]
    mean = float(defined.mean()) if len(defined) else float("nan")
    return MeanAveragePrecision(mean, len(defined), len(values) - len(defined))


def _of_class(scores: Floats, labels: Booleans, interpolation: str) -> float:
    """Only thresholds at a positive's score matter: between them recall stands and precision falls."""
    found = np.sort(scores[labels])[::-1]
    positives = len(found)
    if positives == 0:
        return float("nan")
    hits = np.flatnonzero(np.diff(found, append=-np.inf)) + 1
    reached = len(scores) - np.searchsorted(np.sort(scores), found[hits - 1], side="left")
    precision = hits / reached
    if interpolation != "step":
        precision = np.maximum.accumulate(precision[::-1])[::-1]
    if interpolation == "11-point":
        first = np.searchsorted(10 * hits, positives * np.arange(11), side="left")
        return float(precision[first].mean())
    return float((np.diff(hits, prepend=0) * precision).sum() / positives)
