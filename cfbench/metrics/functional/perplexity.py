"""Perplexity from negative log-likelihoods, each way to average it under its own name."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import floats

if TYPE_CHECKING:
    from cfbench.metrics.functional._arrays import Floats

_ROUNDING = 1e-3  # how far below zero a float16 log-softmax may leave the likelihood of a certain token


def perplexity(nll: Any, lengths: Any, *, first_token: bool = True) -> dict[str, float]:
    """Perplexity and its relatives from natural-log negative log-likelihoods; lower is better.

    ``lengths`` (n,) counts each sentence's tokens, one or more. ``nll`` holds one value per token, sentence after
    sentence, or one sum per sentence (n,); which of the two its size tells. ``first_token=False`` leaves every
    sentence's first token out, as models without a start token must, and takes values per token; sentences of one
    token then count nowhere but in ``unscored``.

    - ``cross_entropy``: sum NLL / tokens, in [0, inf); ``bits_per_token`` the same over log 2.
    - ``perplexity``: exp(cross_entropy), weighted by tokens, in [1, inf) (Jelinek et al. 1977).
    - ``sentence_mean``, ``sentence_median``, ``sentence_geometric_mean``: of the sentences' own perplexities.
    - ``sentences``, ``tokens``, ``unscored``: what was counted, and the sentences without a scored token.

    A perplexity beyond float64 is inf. No scored token, NaN or infinity, log-likelihoods instead of their negatives,
    lengths that are not whole numbers of one or more or do not fit: `DataError`.
    """
    values, counts = floats(nll, "nll", "values"), floats(lengths, "lengths", "sentences")
    if not counts.size:
        raise DataError("There is no sentence to score", "'lengths' is empty")
    if (counts < 1).any() or (counts % 1).any():
        raise DataError("'lengths' holds other things than numbers of tokens", "each is 1 or more, and whole")
    if (values < -_ROUNDING).any():
        raise DataError(
            "'nll' is negative", f"{int((values < -_ROUNDING).sum())} values", "Negate log-likelihoods"
        )
    sums, counts = _sentences(np.maximum(values, 0), counts, first_token=first_token)
    scored = counts > 0
    if not scored.any():
        raise DataError("No token is scored", "every sentence has only its first one")
    means = sums[scored] / counts[scored]
    cross_entropy = float(sums.sum() / counts.sum())
    with np.errstate(over="ignore"):  # a hopeless sentence has perplexity inf
        own = np.exp(means)
        return {
            "perplexity": float(np.exp(cross_entropy)),
            "cross_entropy": cross_entropy,
            "bits_per_token": cross_entropy / log(2),
            "sentence_mean": float(own.mean()),
            "sentence_median": float(np.median(own)),
            "sentence_geometric_mean": float(np.exp(means.mean())),
            "sentences": float(scored.sum()),
            "tokens": float(counts.sum()),
            "unscored": float((~scored).sum()),
        }


def _sentences(values: Floats, counts: Floats, *, first_token: bool) -> tuple[Floats, Floats]:
    """The sum and the number of scored tokens of each sentence."""
    if values.size == counts.sum():
        starts = (np.cumsum(counts) - counts).astype(np.intp)
        if first_token:
            return np.add.reduceat(values, starts), counts
        values = values.copy()
        values[starts] = 0
        return np.add.reduceat(values, starts), counts - 1
    if values.size != counts.size:
        raise DataError(
            "'nll' and 'lengths' do not belong together",
            f"{values.size} values for {counts.size} sentences of {int(counts.sum())} tokens in all",
        )
    if not first_token:
        raise DataError("The first tokens cannot be left out of sums", "'nll' has one value per sentence")
    return values, counts
