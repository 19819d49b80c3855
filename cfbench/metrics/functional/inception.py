"""Inception score: how sure a classifier is of each image, and how varied its answers are over the images.

Salimans et al. 2016 (arXiv:1606.03498): ``exp(mean_i KL(p(y|x_i) || p(y)))``, mean and deviation over splits.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import floats
from cfbench.metrics.functional.kernel import published_random

if TYPE_CHECKING:
    from cfbench.metrics.functional._arrays import Floats

SplitRule = Literal["floor", "chunk"]
PROBABLE = 1e-3  # how far from 1 the sum of a row of float16 probabilities may be
_CHUNK = 4096  # rows whose probabilities are held at a time
_LEAST = -800.0  # exp of it is 0 in float64


def inception_score(
    logits: Any, splits: int = 1, *, rule: SplitRule = "floor", shuffle_seed: int | None = None
) -> tuple[float, float]:
    """Mean and standard deviation over splits of the Inception score of logits (n, classes); higher is better.

    - ``floor``: split i is rows ``i n // splits`` to ``(i + 1) n // splits``; deviation with ddof 0.
    - ``chunk``: pieces of ``ceil(n / splits)`` rows, which may be fewer than ``splits`` (53 rows in 10: 9 pieces);
      deviation with ddof 1, NaN for a single piece. This is torchmetrics' rule.

    ``shuffle_seed`` permutes the rows first by ``RandomState(seed)``; torch-fidelity is ``floor`` with seed 2020.
    Range [1, min(classes, rows of a split)] up to rounding: small splits bound the score, however good the images.
    Equal rows score 1. With one split the order of the rows changes nothing. Fewer than two rows, fewer rows than
    splits, NaN, infinite logits and rows of probabilities are a `DataError`.
    """
    rows = floats(logits, "logits", "samples", "classes")
    n, classes = rows.shape
    if n < 2:
        raise DataError(f"'logits' has {n} sample(s)", "an Inception score needs at least two")
    if classes == 0:
        raise DataError("'logits' has no classes", f"its shape is {rows.shape}")
    if _probabilities(rows):
        raise DataError(
            "'logits' look like probabilities",
            "every row is of numbers from 0 to 1 that add up to 1",
            "Give what goes into the softmax",
        )
    if rule not in get_args(SplitRule):
        raise DataError(f"'{rule}' is no rule of splitting", f"there are {', '.join(get_args(SplitRule))}")
    if not 1 <= splits <= n:
        raise DataError(f"{n} samples do not make {splits} splits", "a split needs at least one")
    order = np.arange(n)
    if shuffle_seed is not None:
        order = published_random(shuffle_seed).permutation(n)
    if rule == "floor":
        bounds = [i * n // splits for i in range(splits + 1)]
    else:
        bounds = [*range(0, n, -(-n // splits)), n]
    scores = np.array([_score(rows, order[a:b]) for a, b in pairwise(bounds)])
    if rule == "floor":
        return float(scores.mean()), float(scores.std())
    return float(scores.mean()), float(scores.std(ddof=1)) if len(scores) > 1 else float("nan")


def _probabilities(rows: Floats) -> bool:
    """Whether these are what a softmax gives; zeros and ones alone may well be logits."""
    if not ((rows >= 0) & (rows <= 1)).all() or ((rows == 0) | (rows == 1)).all():
        return False
    return bool((np.abs(rows.sum(axis=1) - 1) < PROBABLE).all())


def _score(rows: Floats, chosen: np.ndarray[Any, np.dtype[np.int64]]) -> float:
    """One split. The mean divergence is the entropy of the mean less the mean entropy, one pass over the rows."""
    total, sure = np.zeros(rows.shape[1]), 0.0
    for start in range(0, len(chosen), _CHUNK):
        part = rows[chosen[start : start + _CHUNK]]
        with np.errstate(over="ignore"):
            part -= part.max(axis=1, keepdims=True)
        np.maximum(part, _LEAST, out=part)  # so that a probability of 0 times its logarithm is 0
        part -= np.log(np.exp(part).sum(axis=1, keepdims=True))
        probabilities = np.exp(part)
        total += probabilities.sum(axis=0)
        sure += float(np.einsum("nc,nc->", probabilities, part))
    mean = total[total > 0] / len(chosen)
    return float(np.exp(sure / len(chosen) - mean @ np.log(mean)))
