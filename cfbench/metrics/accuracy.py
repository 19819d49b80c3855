"""Accuracy and macro-F1 of one label a text.

The label is the class of the largest score; of several equal ones the first in the order of the classes, so that a
model that gives all classes one score says the first class everywhere. An original and its counterfactuals are
resampled together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.metrics._weighted import Groups, WeightedMetric, coded, means, ratio
from cfbench.metrics.base import Evidence, Number, Scored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.metrics._weighted import Floats
    from cfbench.tasks.labels import ScoresPrediction, TextInputs, TextTarget


class Accuracy(WeightedMetric):
    """The share of right labels, and the mean F1 of classes."""

    name: ClassVar[str] = "accuracy"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("text-label",)
    summary: ClassVar[str] = "how often the class with the largest score is the true one"
    numbers: ClassVar[Mapping[str, Number]] = {
        "accuracy": Number("share of samples with the right label", higher_is_better=True, range=(0.0, 1.0)),
        "macro_f1": Number(
            "mean of the F1 of the classes that are true or predicted in the slice",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
    }
    reference: ClassVar[str] = "van Rijsbergen 1979, Information retrieval, chapter 7 (F1)"
    unit: ClassVar[str] = "pair"

    def evidence(
        self, scored: Sequence[Scored[TextInputs, TextTarget, ScoresPrediction]]
    ) -> list[dict[str, Any]]:
        """A row a sample: the names of the two classes; a sample that has no pair is one by itself."""
        return [self._row(one) for one in scored]

    def _row(self, one: Scored[TextInputs, TextTarget, ScoresPrediction]) -> dict[str, Any]:
        classes = one.inputs.classes
        guess = int(np.argmax(one.prediction.scores))
        return {
            "sample": one.id,
            "pair": one.target.pair or one.id,
            "predicted": classes[guess],
            "true": classes[one.target.label],
            "accuracy": float(guess == one.target.label),
        }

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """From the weight of each cell of the confusion matrix. A class that nobody names is in no mean."""
        columns, length = rows.columns, len(rows)
        classes, codes = coded(np.concatenate([columns["predicted"], columns["true"]]))
        cells = Groups(codes[:length] * len(classes) + codes[length:])
        counts = cells.sums(weights, np.ones((length, 1)))[:, :, 0]
        predicted, true = np.divmod(cells.present[:, np.newaxis], len(classes))
        at = np.arange(len(classes))
        hits = counts @ ((predicted == at) & (true == at)).astype(np.float64)
        seen = counts @ ((predicted == at).astype(np.float64) + (true == at))
        f1 = ratio(2 * hits, seen)
        macro = ratio(np.nansum(f1, axis=1), (seen > 0).sum(axis=1).astype(np.float64))
        return {**means(weights, {"accuracy": columns["accuracy"]}), "macro_f1": macro}
