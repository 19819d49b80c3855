"""BLEU of what a model says of an edit, against the instruction that was given.

Guarantees: the counts of all sentences are added before the score is taken, never scores averaged; counts are whole
numbers, so that neither the order of samples nor their cut into batches changes a bit.

Tokens: ``nltk`` counts the tokens of prediction and instruction as they are. ``sacrebleu`` joins them by single spaces
and splits the line anew by its own tokenizer, 13a. Case counts in both; there is one reference a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.metrics._weighted import WeightedMetric
from cfbench.metrics.base import Evidence, Number, Scored
from cfbench.metrics.functional.bleu import bleu_resampled, bleu_statistics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.metrics._weighted import Floats
    from cfbench.tasks.explain import ExplainInputs, ExplainPrediction, ExplainTarget

ORDER = 4
SETTINGS = {"nltk": ("method0", "none"), "sacrebleu": ("exp", "13a")}  # smoothing, tokenizer


class Bleu(WeightedMetric):
    """Corpus BLEU-4, as a fraction."""

    name: ClassVar[str] = "bleu"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("explain",)
    summary: ClassVar[str] = "how many runs of words of an explanation are in the true instruction"
    numbers: ClassVar[Mapping[str, Number]] = {
        "bleu": Number(
            "BLEU of all samples together, runs of one to four tokens, as a fraction (sacrebleu prints it times 100)",
            higher_is_better=True,
            range=(0.0, 1.0),
        )
    }
    protocols: ClassVar[Mapping[str, str]] = {
        "nltk": "tokens as they are, as nltk's corpus_bleu counts them: no smoothing (method0), and an explanation "
        "shorter than four tokens adds to the denominators",
        "sacrebleu": "tokens joined by spaces and split by 13a, exponential smoothing: sacrebleu's default",
    }
    default_protocol: ClassVar[str] = "nltk"
    reference: ClassVar[str] = (
        "Papineni et al. 2002, BLEU: a method for automatic evaluation of machine translation; "
        "Post 2018, A call for clarity in reporting BLEU scores"
    )

    def evidence(
        self, scored: Sequence[Scored[ExplainInputs, ExplainTarget, ExplainPrediction]]
    ) -> list[dict[str, Any]]:
        """A row a sample: matches of each order, runs of each order, and the two lengths."""
        said: list[Any] = [list(one.prediction.tokens) for one in scored]
        wanted: list[Any] = [[list(one.target.tokens)] for one in scored]
        tokenizer = None
        if self.protocol == "sacrebleu":
            tokenizer = SETTINGS[self.protocol][1]
            said = [" ".join(tokens) for tokens in said]
            wanted = [[" ".join(tokens) for tokens in references] for references in wanted]
        counts = bleu_statistics(said, wanted, ORDER, tokenizer)
        return [
            {
                "sample": one.id,
                "matches": [float(count) for count in line[:ORDER]],
                "runs": [float(count) for count in line[ORDER : 2 * ORDER]],
                "length": int(line[-2]),
                "reference_length": int(line[-1]),
            }
            for one, line in zip(scored, counts, strict=True)
        ]

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """BLEU of the weighted counts; undefined without any sample."""
        columns = rows.columns
        counts = [columns["matches"], columns["runs"], columns["length"], columns["reference_length"]]
        values = bleu_resampled(np.column_stack(counts), weights, self.protocol, SETTINGS[self.protocol][0])
        return {"bleu": np.where(weights.any(axis=1), values, np.nan)}

    def signature(self, n: int) -> str:
        """With the longest run, the smoothing and the tokenizer."""
        smoothing, tokenizer = SETTINGS[self.protocol]
        said = f"|order:{ORDER}|smooth:{smoothing}|tok:{tokenizer}|n:{n}|"
        return super().signature(n).replace(f"|n:{n}|", said)
