"""Average precision of multi-label scores, class by class, with ties that no order can change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import Booleans, Floats, booleans, floats, same_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    Integers = npt.NDArray[np.intp]

_NARROW = ("float16", "float32")  # numbers that float32 holds, and sorts faster; bfloat16 is one of them
_EXACT = 2.0**53  # below it float64 holds every whole number
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
    _known(interpolation)
    numbers, truth = _checked(scores, labels)
    narrow = str(getattr(scores, "dtype", "")).endswith(_NARROW)
    by_class = numbers.T.astype(np.float32 if narrow else np.float64, order="C")
    positive = np.ascontiguousarray(truth.T)
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


class RankedScores:
    """Scores ranked once, for the average precision under many weightings of the samples.

    Takes and refuses what `average_precision` does.
    """

    def __init__(self, scores: Any, labels: Any) -> None:
        numbers, truth = _checked(scores, labels)
        self.samples, self.classes = numbers.shape
        self._labels = truth.astype(np.float64)
        self._ranked = np.flatnonzero(truth.any(axis=0))  # the classes with positives
        down, labels = -numbers.T[self._ranked], truth.T[self._ranked]
        order = np.argsort(down, axis=1)
        down, found = (np.take_along_axis(array, order, 1) for array in (down, labels))
        last = np.ones(down.shape, dtype=np.bool_)  # of the samples that share a score
        last[:, :-1] = down[:, 1:] != down[:, :-1]
        tie: Integers = np.cumsum(last.ravel()) - last.ravel()
        holds_positive = np.bincount(tie, found.ravel()) > 0
        thresholds = last & holds_positive[tie].reshape(last.shape)
        ends, counts = np.flatnonzero(thresholds), thresholds.sum(axis=1)
        positives = found.sum(axis=1)
        self._reached = _RunningSums(order.ravel(), np.arange(len(down)) * self.samples, ends + 1, counts)
        self._hits = _RunningSums(
            order[found], np.cumsum(positives) - positives, np.cumsum(found.ravel())[ends], counts
        )

    def average_precision(self, weights: Any, interpolation: str = "all-point") -> Floats:
        """(lines, C): of the samples, each repeated by its weight, under each line of weights (lines, n).

        Weights are 0 or more, and need not be whole. Whole ones are faster, and 11-point recalls are
        then compared exactly.
        """
        _known(interpolation)
        lines = self._checked_weights(weights)
        values: Floats = np.full((len(lines), self.classes), np.nan)
        sums = zip(self._hits.under(lines), self._reached.under(lines), strict=True)
        for position, (hits, reached) in zip(self._ranked, sums, strict=True):
            values[:, position] = _areas(hits, reached, interpolation)
        return values

    def positives(self, weights: Any) -> Floats:
        """(lines, C): the weight of each class's positives."""
        counted: Floats = self._checked_weights(weights) @ self._labels
        return counted

    def _checked_weights(self, weights: Any) -> Floats:
        lines = floats(weights, "weights", "lines", "n")
        if lines.shape[1] != self.samples or (lines < 0).any():
            raise DataError(
                "The weights do not belong to the scores", f"{lines.shape} for {self.samples} samples"
            )
        return lines


class _RunningSums:
    """Sums of weights down each class's ranking, up to each of its thresholds."""

    def __init__(self, ranking: Integers, begins: Integers, ends: Integers, counts: Integers) -> None:
        """``ranking`` is class after class; class c begins at ``begins[c]`` and has ``counts[c]`` of the ``ends``."""
        self._ranking = np.append(ranking, 0)  # a last end may lie behind the last sample
        self._starts = np.insert(ends, np.cumsum(counts) - counts, begins)
        self._counts = counts

    def under(self, lines: Floats) -> Iterator[Floats]:
        """For each class (lines, thresholds)."""
        if not len(self._starts):
            return
        largest = float(lines.sum(axis=1).max(initial=1))
        whole = largest < _EXACT and bool((lines % 1 == 0).all())
        running = self._packed(lines, int(largest).bit_length()) if whole else self._plain(lines)
        start = 0
        for count in self._counts:
            yield running[:, start : start + count]
            start += count + 1  # what lies below the last threshold is of no use

    def _plain(self, lines: Floats) -> Floats:
        running = np.array([np.add.reduceat(line[self._ranking], self._starts) for line in lines])
        running = running.reshape(len(lines), len(self._starts))
        for part in np.split(running, np.cumsum(self._counts + 1)[:-1], axis=1):
            np.cumsum(part, axis=1, out=part)
        return running

    def _packed(self, lines: Floats, bits: int) -> Floats:
        """Several lines of whole weights side by side in one integer; ``bits`` are enough for any sum.

        The sum over all classes may overflow: less what came before a class, it is right again.
        """
        together, share = 63 // bits, (1 << bits) - 1
        whole = lines.astype(np.int64)
        begins = np.cumsum(self._counts + 1)[:-1]
        running: Floats = np.empty((len(lines), len(self._starts)))
        for start in range(0, len(lines), together):
            packed = np.zeros(lines.shape[1], np.int64)
            for place, line in enumerate(whole[start : start + together]):
                packed |= line << (place * bits)
            sums = np.cumsum(np.add.reduceat(packed[self._ranking], self._starts))
            sums -= np.repeat(np.append(0, sums[begins - 1]), self._counts + 1)
            for place in range(min(together, len(lines) - start)):
                running[start + place] = (sums >> (place * bits)) & share
        return running


def _known(interpolation: str) -> None:
    if interpolation not in INTERPOLATIONS:
        raise DataError(
            f"There is no interpolation '{interpolation}'", f"there are {', '.join(INTERPOLATIONS)}"
        )


def _checked(scores: Any, labels: Any) -> tuple[Floats, Booleans]:
    numbers, truth = floats(scores, "scores", "n", "C"), booleans(labels, "labels", "n", "C")
    same_length(scores=numbers, labels=truth)
    if numbers.shape != truth.shape:
        raise DataError("Scores and labels do not belong together", f"shapes {numbers.shape}, {truth.shape}")
    return numbers, truth


def _of_class(scores: npt.NDArray[np.floating[Any]], labels: Booleans, interpolation: str) -> float:
    """Only thresholds at a positive's score matter: between them recall stands and precision falls."""
    found = np.sort(scores[labels])[::-1]
    if len(found) == 0:
        return float("nan")
    hits = np.flatnonzero(np.diff(found, append=-np.inf)) + 1
    reached = len(scores) - np.searchsorted(np.sort(scores), found[hits - 1], side="left")
    return float(_areas(hits[None], reached[None], interpolation)[0])


def _areas(hits: npt.NDArray[Any], reached: npt.NDArray[Any], interpolation: str) -> Floats:
    """The area of each line of (lines, thresholds); nan where a line has no positive.

    A threshold whose positives weigh nothing adds no recall, and no precision that is not reached above it.
    """
    positives = hits[:, -1:]
    precision = hits / np.maximum(reached, np.where(hits > 0, 0, 1))
    if interpolation != "step":
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    areas: Floats = np.full(len(hits), np.nan)
    some = positives[:, 0] > 0
    if interpolation == "11-point":
        first = np.stack([(10 * hits < positives * level).sum(axis=1) for level in range(11)], axis=1)
        np.copyto(areas, np.take_along_axis(precision, first, 1).mean(axis=1), where=some)
    else:
        steps = np.diff(hits, axis=1, prepend=0) * precision
        np.divide(steps.sum(axis=1), positives[:, 0], out=areas, where=some)
    return areas
