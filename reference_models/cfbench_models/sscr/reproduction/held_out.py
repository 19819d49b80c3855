"""Objects that the zero-shot training never saw, scored alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.metrics._detected import GENEVA, LABELS, DetectedMetric, Seen
from cfbench.metrics.base import Number
from cfbench.metrics.functional import object_scores_by_sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

HELD_OUT = frozenset({"cube gray", "cube red", "sphere green", "cylinder purple"})


class HeldOut(DetectedMetric):
    """Precision and recall of the four objects that are held out, over the images that they concern."""

    name: ClassVar[str] = "held-out"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "gray cube, red cube, green sphere and purple cylinder alone, in the final image"
    numbers: ClassVar[Mapping[str, Number]] = {
        "recall": Number(
            "share of an image's true held-out objects that are there, mean over images with such an object",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "precision": Number(
            "share of an image's held-out objects that are true, mean over images in which one is seen",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
    }
    protocols: ClassVar[Mapping[str, str]] = {
        GENEVA: "the truth is what the same detector sees in the true image",
        LABELS: "the truth is the data set's own labels",
    }
    reference: ClassVar[str] = "cfbench; the paper's Table 5 has the whole test set alone"

    def measured(self, seen: Seen, truth: Seen) -> dict[str, Floats]:
        """The scores of each image, NaN where it has nothing to score."""
        names = self.detectors["objects"].detector.classes
        chosen = np.array([name in HELD_OUT for name in names])
        own, true = seen.present[:, chosen], truth.present[:, chosen]
        scores = object_scores_by_sample(own, true)
        return {
            "recall": np.where(true.any(axis=1), scores["recall"], np.nan),
            "precision": np.where(own.any(axis=1), scores["precision"], np.nan),
        }
