"""Relational similarity: do the objects of the last image stand to each other as those of the true one do?

Of each sample's own last turn, through a detector that gives a place for each class. Two coordinates are x and the
image row (i-CLEVR); of three, (x, y, depth), x and depth are compared and y is not (CoDraw), as published. All are in
units of the image, with 0.5 in the middle, as a detector's places and a data set's placements are.

Read edge accuracy beside it: RelSim is the recall times that, and random places reach about half the recall.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.metrics._detected import GENEVA, LABELS, LEGACY, LEGACY_SUMMARY, DetectedMetric, Seen
from cfbench.metrics.base import Number
from cfbench.metrics.functional import edge_accuracy, object_scores_by_sample, relsim

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

PAPER = "paper"


class RelSim(DetectedMetric):
    """Relations between objects, compared image by image."""

    name: ClassVar[str] = "relsim"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = (
        "how the objects of the final image stand to each other, beside those of the true one"
    )
    numbers: ClassVar[Mapping[str, Number]] = {
        "relsim": Number(
            "recall of an image's objects times its edge accuracy, 0 where no object is in common, mean over images",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "edge_accuracy": Number(
            "share of an image's relations that are right: of those among the objects in common, or under 'paper' of"
            " all true ones; mean over the images with an object in common",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
    }
    protocols: ClassVar[Mapping[str, str]] = {
        GENEVA: (
            "the published code's relations, of objects in common to each other and to the image's centre, equal as a"
            " third value; the truth is what the same detector sees in the true image; paired by id"
        ),
        LABELS: (
            "relations as under 'geneva'; the truth is the data set's own labels and places, whose ties (CoDraw's equal"
            " depths) a regressed place never meets, so that it lies lower"
        ),
        PAPER: (
            "Eq. 16 of SSCR: relations of different places, of all true objects, found or not, without the centre; the"
            " truth is what the same detector sees in the true image"
        ),
        LEGACY: LEGACY_SUMMARY,
    }
    reference: ClassVar[str] = (
        "El-Nouby et al. 2019, Tell, Draw, and Repeat (GeNeVA), by its released code; 'paper': Fu et al. 2020, SSCR, Eq. 16"
    )

    def measured(self, seen: Seen, truth: Seen) -> dict[str, Floats]:
        """The similarity of each image, and its factor beside the recall."""
        images = seen.present, truth.present, seen.places, truth.places
        if self.protocol != PAPER:
            return {"relsim": relsim(*images), "edge_accuracy": edge_accuracy(*images)}
        similarity = relsim(*images, protocol="paper")
        recall = object_scores_by_sample(seen.present, truth.present)["recall"]
        kept: Floats = np.full(len(recall), np.nan)
        np.divide(similarity, recall, out=kept, where=recall > 0)
        return {"relsim": similarity, "edge_accuracy": kept}
