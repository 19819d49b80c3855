"""Corpus BLEU under two published conventions, from counts per sentence that add up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import Floats, floats
from cfbench.metrics.functional._bleu_counts import Integers, sentence_counts, token_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

SMOOTHINGS = {
    "nltk": tuple(f"method{number}" for number in range(8)),
    "sacrebleu": ("none", "floor", "add-k", "exp"),
}
SMOOTHED_BY_THE_LAST = ("method5", "method6", "method7")
_TINY = sys.float_info.min


def bleu(
    hypotheses: Sequence[Any],
    references: Sequence[Any],
    protocol: str = "nltk",
    n: int = 4,
    *,
    smoothing: str | int | None = None,
    tokenizer: str | None = None,
    smoothing_value: float | None = None,
    lowercase: bool = False,
    effective_order: bool = False,
) -> float:
    """Corpus BLEU as a fraction (sacrebleu prints it times 100): BP · exp(mean of log p_k, k = 1..n).

    p_k = clipped matches / k-grams over the whole corpus; BP = min(1, exp(1 - r/h)) with the lengths of the
    hypotheses and of the references closest to them (the shorter of two equally close).
    Papineni et al., ACL 2002; smoothing: Chen & Cherry, WMT 2014; Post, WMT 2018.

    Hypotheses are strings (references: a string or a list of strings each) or token lists (references: a
    list of token lists each; they are counted as they are, whatever the protocol).

    ``nltk``: every hypothesis shorter than k adds a phantom k-gram to the denominator, as published.
    Smoothing ``method0`` (default, no match counts 2.2e-308) to ``method7``; 5, 6 and 7 look at the *last*
    sentence only, so they depend on the order, and 6 may exceed 1; it needs n >= 3 and a matching 3-gram.
    ``sacrebleu``: true denominators. Smoothing ``exp`` (default), ``none``, ``floor`` (0.1), ``add-k`` (1).
    Strings are split by ``tokenizer``: ``none`` (white space; nltk's default), ``13a`` (sacrebleu's
    default), ``intl``, ``char``. ``smoothing_value`` replaces the value of method1, floor or add-k;
    ``effective_order`` (sacrebleu) leaves out the orders longer than the text.

    Range [0, 1] but for methods 5 to 7. No matching word: 0. Empty hypotheses count as length 0. No
    sentences, or a sentence without references: DataError.
    """
    smoothing = _smoothing(protocol, smoothing, smoothing_value, effective_order=effective_order)
    tokenizer = tokenizer or (None if protocol == "nltk" else "13a")
    pairs = token_pairs(hypotheses, references, tokenizer, lowercase=lowercase)
    statistics = sentence_counts(pairs, n)
    last = sentence_counts(pairs[-1:], max(n, 5)) if smoothing in SMOOTHED_BY_THE_LAST else None
    ones = np.ones((1, len(statistics)))
    options: dict[str, Any] = {"smoothing_value": smoothing_value, "effective_order": effective_order}
    return float(_scores(statistics, ones, protocol, smoothing, last=last, **options)[0])


def bleu_statistics(
    hypotheses: Sequence[Any],
    references: Sequence[Any],
    n: int = 4,
    tokenizer: str | None = None,
    *,
    lowercase: bool = False,
) -> Integers:
    """What BLEU needs of each sentence, (sentences, 2n + 2): n matches, n totals, length, closest reference.

    Matches are clipped by the largest count in any one reference. Totals are true counts (0 for k-grams
    longer than the hypothesis). Strings are split at white space unless a tokenizer is named.
    """
    return sentence_counts(token_pairs(hypotheses, references, tokenizer, lowercase=lowercase), n)


def bleu_from_statistics(
    statistics: Any,
    protocol: str = "nltk",
    smoothing: str | int | None = None,
    *,
    smoothing_value: float | None = None,
    effective_order: bool = False,
) -> float:
    """BLEU of the sentences whose rows :func:`bleu_statistics` gave; equal to :func:`bleu` of them.

    nltk's methods 5 to 7 need more than these rows and are refused.
    """
    rows = floats(statistics, "statistics", "sentences", "2n + 2")
    n = rows.shape[1] // 2 - 1
    if (rows < 0).any() or (rows[:, :n] > rows[:, n : 2 * n]).any():
        raise DataError(
            "These are no statistics of BLEU", "a sentence has fewer n-grams than matches, or below 0"
        )
    ones = np.ones((1, len(rows)))
    options: dict[str, Any] = {"smoothing_value": smoothing_value, "effective_order": effective_order}
    return float(bleu_resampled(rows, ones, protocol, smoothing, **options)[0])


def bleu_resampled(
    statistics: Any,
    weights: Any,
    protocol: str = "nltk",
    smoothing: str | int | None = None,
    *,
    smoothing_value: float | None = None,
    effective_order: bool = False,
) -> Floats:
    """BLEU of every resample, (resamples,): weights (resamples, sentences) say how often each row counts.

    One matrix product for a whole bootstrap. A resample without sentences scores 0.
    """
    smoothing = _smoothing(protocol, smoothing, smoothing_value, effective_order=effective_order)
    if smoothing in SMOOTHED_BY_THE_LAST:
        raise DataError(
            f"nltk's {smoothing} cannot be had from statistics", "it smooths by the last sentence"
        )
    rows, times = (
        floats(statistics, "statistics", "sentences", "2n + 2"),
        floats(weights, "weights", "r", "s"),
    )
    if rows.shape[0] == 0 or rows.shape[1] < 4 or rows.shape[1] % 2 or (rows < 0).any():
        raise DataError(
            "These are no BLEU statistics", f"shape {rows.shape}; counts (sentences >= 1, 2n + 2)"
        )
    if times.shape[1] != len(rows) or (times < 0).any():
        raise DataError("The weights do not belong to the statistics", f"{times.shape} for {len(rows)} rows")
    options: dict[str, Any] = {"smoothing_value": smoothing_value, "effective_order": effective_order}
    return _scores(rows, times, protocol, smoothing, last=None, **options)


def _smoothing(
    protocol: str, smoothing: str | int | None, value: float | None, *, effective_order: bool
) -> str:
    if protocol not in SMOOTHINGS:
        raise DataError(f"There is no BLEU protocol '{protocol}'", f"there are {', '.join(SMOOTHINGS)}")
    if smoothing is None:
        smoothing = "method0" if protocol == "nltk" else "exp"
    name = f"method{smoothing}" if isinstance(smoothing, int) else smoothing
    if name not in SMOOTHINGS[protocol]:
        raise DataError(
            f"{protocol} has no smoothing '{smoothing}'", f"it has {', '.join(SMOOTHINGS[protocol])}"
        )
    if value is not None and (name not in ("method1", "floor", "add-k") or not 0 < value < np.inf):
        raise DataError(f"Smoothing '{name}' takes no value {value}", "method1, floor and add-k: above 0")
    if effective_order and protocol != "sacrebleu":
        raise DataError("Only sacrebleu has an effective order", f"the protocol is {protocol}")
    return name


def _scores(
    statistics: npt.NDArray[Any],
    weights: Floats,
    protocol: str,
    smoothing: str,
    *,
    smoothing_value: float | None,
    effective_order: bool,
    last: Integers | None,
) -> Floats:
    n = statistics.shape[1] // 2 - 1
    rows = statistics.astype(np.float64)
    if protocol == "nltk":
        rows[:, n : 2 * n] = np.maximum(rows[:, n : 2 * n], 1)
    sums = weights @ rows
    matches, totals, length, wanted = sums[:, :n], sums[:, n : 2 * n], sums[:, 2 * n], sums[:, 2 * n + 1]
    some = matches[:, 0] > 0
    if protocol == "nltk":
        precisions = _nltk_precisions(matches, totals, length, smoothing, value=smoothing_value, last=last)
        counted = precisions > 0  # nltk leaves out what is 0 even after smoothing, and divides by n
        orders = np.full(len(sums), n)
    else:
        precisions, present = _sacrebleu_precisions(matches, totals, smoothing, smoothing_value)
        counted = present if effective_order else np.ones_like(present)
        orders = np.maximum(counted.sum(1), 1)
        some &= ~(counted & (precisions <= 0)).any(1)
    logarithms = np.log(np.where(counted & (precisions > 0), precisions, 1)).sum(1) / orders
    brevity = np.minimum(0, 1 - wanted / np.maximum(length, 1))
    return np.where(some, np.exp(brevity) * np.exp(logarithms), 0.0)


def _nltk_precisions(
    matches: Floats,
    totals: Floats,
    length: Floats,
    smoothing: str,
    *,
    value: float | None,
    last: Integers | None,
) -> Floats:
    """Chen & Cherry's methods as nltk numbers and computes them."""
    totals = np.maximum(totals, 1)
    none, raw = matches == 0, matches / totals
    falling = 1 / (2.0 ** np.cumsum(none, axis=1) * totals)
    logarithm = np.log(np.maximum(length, 1))[:, None]
    fourth = np.where(none & (length > 1)[:, None], falling * logarithm / 5, raw)
    if smoothing in SMOOTHED_BY_THE_LAST and last is not None:
        if smoothing == "method6":
            return _sixth(matches, raw, last[0])
        return _fifth(raw if smoothing == "method5" else fourth, last[0])
    epsilon = 0.1 if value is None else value
    one_more = np.where(np.arange(matches.shape[1]) == 0, raw, (matches + 1) / (totals + 1))
    return {
        "method0": np.where(none, _TINY, raw),
        "method1": np.where(none, epsilon / totals, raw),
        "method2": one_more,
        "method3": np.where(none, falling, raw),
        "method4": fourth,
    }[smoothing]


def _fifth(precisions: Floats, last: Integers) -> Floats:
    """Each order averaged with its smoothed predecessor and its successor: 5-grams of the last sentence."""
    order = len(last) // 2 - 1
    beyond = last[4] / max(1, last[order + 4])
    following = np.append(precisions[:, 1:], np.full((len(precisions), 1), beyond), axis=1)
    smoothed: Floats = precisions.copy()
    before: Floats = precisions[:, 0] + 1
    for k in range(precisions.shape[1]):
        before = smoothed[:, k] = (before + precisions[:, k] + following[:, k]) / 3
    return smoothed


def _sixth(matches: Floats, precisions: Floats, last: Integers) -> Floats:
    """From order 3 on drawn to the trend of the two before, with the last sentence's count for a total."""
    if matches.shape[1] < 3 or ((matches[:, 0] > 0) & (matches[:, 2] == 0)).any():
        raise DataError("Smoothing 'method6' is not defined here", "it needs n >= 3 and a matching 3-gram")
    smoothed: Floats = precisions.copy()
    order = len(last) // 2 - 1
    for k in range(2, matches.shape[1]):
        earlier = smoothed[:, k - 2]
        prior = np.where(earlier > 0, smoothed[:, k - 1] ** 2 / np.where(earlier > 0, earlier, 1), 0)
        smoothed[:, k] = (matches[:, k] + 5 * prior) / (last[order + k] + 5)
    return smoothed


def _sacrebleu_precisions(
    matches: Floats, totals: Floats, smoothing: str, value: float | None
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Smoothed precisions, and which orders the text is long enough for."""
    if smoothing == "add-k":
        extra = np.where(np.arange(matches.shape[1]) == 0, 0.0, 1.0 if value is None else value)
        matches, totals = matches + extra, totals + extra
    present = totals > 0
    none = (matches == 0) & present
    totals = np.where(present, totals, 1)
    precisions = np.where(present, matches / totals, 0)
    if smoothing == "exp":
        precisions = np.where(none, 1 / (2.0 ** np.cumsum(none, axis=1) * totals), precisions)
    elif smoothing == "floor":
        precisions = np.where(none, (0.1 if value is None else value) / totals, precisions)
    return precisions, present
