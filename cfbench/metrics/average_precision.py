"""Mean average precision of several labels an image, and that of each class by itself.

Guarantees: images of equal score share one threshold, so that no order changes a number. Only classes with a positive
image have an average precision; how many have none is a number beside the mean, and a remark names them. This is said
of each slice by itself: slices with different classes, or other shares of positives, have levels that cannot be
compared. An original and its edited images are resampled together.

The values of classes, from a finished run::

    rows = as_evidence(load_evidence(folder, "average-precision"))  # both from cfbench.execution.evidence
    per_class(rows, "all-point")  # {"person": 0.81, ..., "toaster": None}
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics._pairs import none_for_nan
from cfbench.metrics._weighted import WeightedMetric, ratio
from cfbench.metrics.base import Evidence, Number, Scored
from cfbench.metrics.functional.average_precision import RankedScores, average_precision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.metrics._weighted import Floats
    from cfbench.tasks.labels import ImageLabelInputs, ImageLabelTarget, ScoresPrediction

COMMON = 5
"""Positive images from which on a class is common."""
NAMED = 20
"""The most classes that a remark names."""


class AveragePrecision(WeightedMetric):
    """Mean average precision over classes."""

    name: ClassVar[str] = "average-precision"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("image-labels",)
    summary: ClassVar[str] = "mean over classes of the area under precision over recall"
    numbers: ClassVar[Mapping[str, Number]] = {
        "map": Number(
            "mean average precision of the classes with a positive image",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "map_common": Number(
            f"the same of the classes with {COMMON} positive images or more, which varies less",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "undefined_classes": Number(
            "classes without a positive image, which are in no mean",
            higher_is_better=False,
            range=(0.0, None),
        ),
    }
    details: ClassVar[frozenset[str]] = frozenset({"map_common", "undefined_classes"})
    protocols: ClassVar[Mapping[str, str]] = {
        "all-point": "the best precision at each recall or more, as PASCAL VOC from 2010 on",
        "11-point": "the same at recalls 0, 0.1 .. 1, as PASCAL VOC 2007",
        "step": "precision as it is, as scikit-learn's average_precision_score",
    }
    default_protocol: ClassVar[str] = "all-point"
    reference: ClassVar[str] = "Everingham et al. 2010, The PASCAL visual object classes (VOC) challenge"
    unit: ClassVar[str] = "pair"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """As any metric."""
        super().__init__(*arguments, **options)
        self._last: tuple[Evidence, RankedScores] | None = None  # a bootstrap asks often of the same rows

    def evidence(
        self, scored: Sequence[Scored[ImageLabelInputs, ImageLabelTarget, ScoresPrediction]]
    ) -> list[dict[str, Any]]:
        """A row an image: the names of the classes, the score of each, and 1 for those that are there."""
        return [
            {
                "sample": one.id,
                "pair": one.target.pair or one.id,
                "classes": json.dumps(one.inputs.classes, ensure_ascii=False),
                "scores": np.asarray(one.prediction.scores, np.float64),
                "labels": np.asarray(one.target.labels, np.float32),
            }
            for one in scored
        ]

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """The means over classes under each line, whose positives may lie in fewer classes."""
        ranked = self._ranked(rows)
        values, positives = ranked.average_precision(weights, self.protocol), ranked.positives(weights)
        return {
            "map": _mean(values, positives > 0),
            "map_common": _mean(values, positives >= COMMON),
            "undefined_classes": (positives == 0).sum(axis=1).astype(np.float64),
        }

    def remarks(self, rows: Evidence) -> list[str]:
        """The classes that are in no mean."""
        positive: Any = rows.columns["labels"][rows.weight > 0].any(axis=0)
        absent = [name for name, some in zip(_classes(rows), positive, strict=True) if not some]
        if not absent:
            return []
        said = ", ".join(absent[:NAMED]) + (" …" if len(absent) > NAMED else "")
        return [f"{len(absent)} of {len(positive)} classes have no positive image: {said}"]

    def _ranked(self, rows: Evidence) -> RankedScores:
        if self._last is None or self._last[0].columns is not rows.columns:
            _classes(rows)
            self._last = rows, RankedScores(rows.columns["scores"], rows.columns["labels"])
        return self._last[1]


def per_class(rows: Evidence, protocol: str = AveragePrecision.default_protocol) -> dict[str, float | None]:
    """The average precision of each class by name; None without a positive. Rows count once."""
    values = average_precision(rows.columns["scores"], rows.columns["labels"], protocol)
    return {name: none_for_nan(float(value)) for name, value in zip(_classes(rows), values, strict=True)}


def _classes(rows: Evidence) -> list[str]:
    """The names of the classes, the same in every row."""
    found = sorted(set(rows.columns["classes"].tolist()))
    if len(found) != 1:
        raise DataError(
            "Average precision needs the same classes for every image",
            f"{len(found)} different lists of classes",
            "Let the data set name all of its classes with every image",
        )
    names: list[str] = json.loads(found[0])
    return names


def _mean(values: Floats, chosen: Any) -> Floats:
    return ratio(np.where(chosen, values, 0.0).sum(axis=1), chosen.sum(axis=1).astype(np.float64))
