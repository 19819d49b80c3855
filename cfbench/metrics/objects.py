"""Which objects are in the last image: precision, recall, F1, Jaccard and cosine, through a detector.

Of each sample's own last turn. As published (GeNeVA's and SSCR's code, checked against its outputs): without a
detected object precision is 0, without a true one recall is 0, two empty images have Jaccard 1 and the rest 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.metrics._detected import GENEVA, LABELS, LEGACY, LEGACY_SUMMARY, DetectedMetric, Seen
from cfbench.metrics.base import Number
from cfbench.metrics.functional import object_scores_by_sample, probability_cosine

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


class Objects(DetectedMetric):
    """Sets of objects, compared image by image."""

    name: ClassVar[str] = "objects"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "which objects are in the final image, beside those of the true one"
    numbers: ClassVar[Mapping[str, Number]] = {
        "precision": Number(
            "share of an image's objects that are true, mean over images",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "recall": Number(
            "share of an image's true objects that are there, mean over images",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "f1_samples": Number(
            "F1 of an image, mean over images, as the published code returns",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "f1_harmonic": Number(
            "harmonic mean of the mean precision and the mean recall, as the SSCR paper prints; never below f1_samples",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "jaccard": Number(
            "objects in common over objects in either of an image, mean over images",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "cosine": Number(
            "cosine between the detector's probabilities for an image and for the true one, mean over images;"
            " undefined where all are 0 and where the truth is not seen through a detector",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
    }
    protocols: ClassVar[Mapping[str, str]] = {
        GENEVA: "the truth is what the same detector sees in the true image, as published; paired by id",
        LABELS: "the truth is the data set's own labels; no cosine",
        LEGACY: LEGACY_SUMMARY,
    }
    reference: ClassVar[str] = (
        "El-Nouby et al. 2019, Tell, Draw, and Repeat (GeNeVA), and its released code; f1_harmonic: Fu et al. 2020, SSCR"
    )

    def measured(self, seen: Seen, truth: Seen) -> dict[str, Floats]:
        """The scores of each image."""
        scores = object_scores_by_sample(seen.present, truth.present)
        if self.protocol == LABELS:
            cosine = np.full(len(scores["f1"]), np.nan)
        else:
            cosine = probability_cosine(seen.probabilities, truth.probabilities)
        return {
            "precision": scores["precision"],
            "recall": scores["recall"],
            "f1_samples": scores["f1"],
            "jaccard": scores["jaccard"],
            "cosine": cosine,
        }

    def summed_up(self, means: dict[str, Floats]) -> dict[str, Floats]:
        """The means, and the harmonic one of two of them."""
        precision, recall = means["precision"], means["recall"]
        total = precision + recall
        harmonic = np.where(np.isnan(total), np.nan, 0.0)
        np.divide(2 * precision * recall, total, out=harmonic, where=total > 0)
        return {name: harmonic if name == "f1_harmonic" else means[name] for name in self.numbers}
