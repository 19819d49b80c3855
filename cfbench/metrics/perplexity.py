"""How well a model foresaw the true instruction: cross-entropy and perplexity, each under its own name.

The "PPL" of 0.107 that was published for the explainer is a mean cross-entropy: no perplexity is below 1. Read it beside
``cross_entropy``.

Limits: the model itself says how likely it held the tokens of the target, its end token included; numbers of models
with different vocabularies cannot be compared. A sample for which it says nothing is in no mean, and counted in a
remark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics._weighted import WeightedMetric, means, ratio
from cfbench.metrics.base import Evidence, Number, Scored
from cfbench.metrics.functional.perplexity import perplexity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.metrics._weighted import Floats
    from cfbench.tasks.explain import ExplainInputs, ExplainPrediction, ExplainTarget

    ExplainScored = Scored[ExplainInputs, ExplainTarget, ExplainPrediction]


class Perplexity(WeightedMetric):
    """Perplexity of the true instruction."""

    name: ClassVar[str] = "perplexity"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("explain",)
    summary: ClassVar[str] = "how unlikely the model held the true instruction"
    numbers: ClassVar[Mapping[str, Number]] = {
        "perplexity": Number(
            "exp of the cross-entropy: every token counts once", higher_is_better=False, range=(1.0, None)
        ),
        "cross_entropy": Number(
            "mean negative log-likelihood of a token, in nats", higher_is_better=False, range=(0.0, None)
        ),
        "mean_sentence_perplexity": Number(
            "mean of the sentences' own perplexities: every sentence counts once",
            higher_is_better=False,
            range=(1.0, None),
        ),
    }
    details: ClassVar[frozenset[str]] = frozenset({"mean_sentence_perplexity"})
    protocols: ClassVar[Mapping[str, str]] = {
        "all-tokens": "every token of the instruction, the first and the end token too",
        "without-first": "the first token left out, as for models without a start token",
    }
    default_protocol: ClassVar[str] = "all-tokens"
    reference: ClassVar[str] = (
        "Jelinek et al. 1977, Perplexity: a measure of the difficulty of speech recognition tasks"
    )

    def evidence(self, scored: Sequence[ExplainScored]) -> list[dict[str, Any]]:
        """A row a sample, null where the model gave no likelihoods or no token is scored."""
        return [self._row(one) for one in scored]

    def _row(self, one: ExplainScored) -> dict[str, Any]:
        first = self.protocol == "all-tokens"
        nll = one.prediction.nll
        if nll is not None and len(nll) != len(one.target.tokens) + 1:
            raise DataError(
                f"The likelihoods of sample {one.id} are not those of its instruction",
                f"{len(nll)} values; the instruction has {len(one.target.tokens)} tokens and an end token",
                "Give a value for each token of the target and one for its end, or none at all",
            )
        tokens, mean = None, None
        if nll is not None and (first or len(nll) > 1):
            found = perplexity(nll, [len(nll)], first_token=first)
            tokens, mean = found["tokens"], found["cross_entropy"]
        return {"sample": one.id, "tokens": tokens, "cross_entropy": mean}

    def samples_of(self, number: str, rows: Evidence) -> int:  # noqa: ARG002
        """Those of which the model gave likelihoods."""
        return rows.samples("cross_entropy")

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """Sums over tokens, then the exponential: infinite, hence undefined, where float64 ends."""
        tokens, entropies = rows.columns["tokens"], rows.columns["cross_entropy"]
        with np.errstate(over="ignore"):  # infinite where float64 ends
            own = np.exp(entropies)
            hopeless = np.isinf(own)
            columns = {"nll": tokens * entropies, "tokens": tokens, "own": np.where(hopeless, np.nan, own)}
            found = means(weights, columns)
            entropy = ratio(found["nll"], found["tokens"])
            perplexities = np.exp(entropy)
        mean_own = np.where(weights @ hopeless.astype(np.float64) > 0, np.inf, found["own"])
        return {
            "perplexity": perplexities,
            "cross_entropy": entropy,
            "mean_sentence_perplexity": mean_own,
        }

    def remarks(self, rows: Evidence) -> list[str]:
        """How many samples have no likelihoods."""
        silent = int(rows.nulls("cross_entropy").sum())
        return (
            [f"{silent:,} of {len(rows):,} samples have no likelihoods and count nowhere"] if silent else []
        )
