"""Accuracy and macro-F1 of one label per sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import floats, same_length

Labels = npt.NDArray[Any]


def accuracy(predicted: Any, true: Any) -> float:
    """The share of samples whose predicted label (number or string) is the true one.

    Range [0, 1]. No samples, NaN, or numbers against strings: DataError.
    """
    guess, truth = _paired(predicted, true)
    return float((guess == truth).mean())


def macro_f1(predicted: Any, true: Any, classes: Any = None) -> float:
    """The unweighted mean over classes of F1 = 2 TP / (2 TP + FP + FN) (van Rijsbergen, 1979).

    ``classes`` limits the mean (default: every label predicted or true); labels outside still count as
    misses and false alarms of those inside. A class that is neither predicted nor true has no F1 and is
    left out of the mean (sklearn would count it as 0).

    Range [0, 1]. No samples, NaN, numbers against strings, a class named twice, no class left: DataError.
    """
    guess, truth = _paired(predicted, true)
    names, codes = np.unique(np.concatenate([guess, truth]), return_inverse=True)
    guesses, truths = codes[: len(guess)], codes[len(guess) :]
    hits = np.bincount(truths[guesses == truths], minlength=len(names))
    seen = np.bincount(codes, minlength=len(names))  # 2 TP + FP + FN
    chosen = np.ones(len(names), bool) if classes is None else _chosen(classes, names)
    if not chosen.any():
        raise DataError("None of the classes occurs", "macro-F1 is not defined without one")
    return float((2 * hits[chosen] / seen[chosen]).mean())


def _chosen(classes: Any, names: Labels) -> npt.NDArray[np.bool_]:
    wanted = _labels(classes, "classes")
    if len(np.unique(wanted)) != len(wanted):
        raise DataError("A class is named twice", f"{len(wanted)} names, {len(np.unique(wanted))} distinct")
    _refuse_other_kind(wanted, names)
    return np.isin(names, wanted)


def _paired(predicted: Any, true: Any) -> tuple[Labels, Labels]:
    guess, truth = _labels(predicted, "predicted"), _labels(true, "true")
    if same_length(predicted=guess, true=truth) == 0:
        raise DataError("There are no labels to compare", "both lists are empty")
    _refuse_other_kind(guess, truth)
    return guess, truth


def _refuse_other_kind(some: Labels, other: Labels) -> None:
    if len(some) and some.dtype.kind != other.dtype.kind:
        raise DataError("Labels cannot be compared", "some are numbers, the others strings")


def _labels(value: Any, name: str) -> Labels:
    """The labels as strings or as float64 (exact for whole numbers up to 2**53)."""
    if hasattr(value, "detach"):
        return floats(value, name, "samples")
    if isinstance(value, (str, bytes, dict, set, frozenset)) or not hasattr(value, "__iter__"):
        raise DataError(
            f"'{name}' is no list of labels", f"it is a {type(value).__name__}", "Give one label a sample"
        )
    listed = list(value)
    texts = [isinstance(label, str) for label in listed]
    if not any(texts):
        return floats(listed, name, "samples")
    if not all(texts):
        raise DataError(
            f"'{name}' mixes strings with other labels", f"{sum(texts)} of {len(texts)} are strings"
        )
    return np.array(listed, dtype=np.str_)
