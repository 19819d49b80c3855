"""What a detector is: a network that a metric looks through.

A blind detector makes every number noise. So before any use it looks at true images, and where it scores
below its declared floor, the run stops.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import EnvironmentLackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.datasets.base import Split
    from cfbench.models import ModelContext
    from cfbench.tasks.edit import Image, Placement

CHECKED_SAMPLES = 64  # the first of the validation split, whatever is scored
DIGITS = 4  # of a self-check: more would differ between devices
PRESENT = 0.5


class Detector(ABC):
    """A detector, declared by class attributes.

    ``kind`` is what metrics ask for in ``needs``; it decides which methods there are beside these.
    """

    kind: ClassVar[str]
    mark: ClassVar[str] = "det"  # how signatures call it; "ext" for a feature extractor
    version: ClassVar[str]
    summary: ClassVar[str]
    floor: ClassVar[float]  # the least score on true images with which it is fit for use
    weights_digest: str | None = None

    def setup(self, context: ModelContext) -> None:  # noqa: B027 - most have nothing to set up
        """Called once, first."""

    @abstractmethod
    def self_check(self, split: Split[Any, Any]) -> float:
        """The score, 0 to 1, on the true images of a small split."""


@dataclass(frozen=True)
class Detection:
    """The objects in one image, by label: how probable each is, and where it would be."""

    probabilities: npt.NDArray[np.floating[Any]]  # (classes,)
    places: npt.NDArray[np.floating[Any]]  # (classes, coordinates)

    def labels(self) -> set[int]:
        """The labels of what is there: probability strictly above one half."""
        return set(np.flatnonzero(self.probabilities > PRESENT).tolist())


class ObjectDetector(Detector):
    """Finds the object classes of editing data sets. Its score is the mean F1 over final images."""

    kind: ClassVar[str] = "objects"
    classes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def detect(self, images: Sequence[Image]) -> Sequence[Detection]:
        """The objects in each image."""

    def self_check(self, split: Split[Any, Any]) -> float:
        """Mean F1 of the labels over the final images."""
        targets = [split.target(index) for index in range(len(split))]
        seen = self.detect([target.images[-1] for target in targets])
        scores = [
            label_f1(found.labels(), target.objects[-1]) for found, target in zip(seen, targets, strict=True)
        ]
        return float(np.mean(scores))


def label_f1(found: set[int], true: Sequence[Placement]) -> float:
    """F1 of two sets of labels; 1 where both are empty."""
    labels = {placement.label for placement in true}
    both = len(found | labels)
    return 2 * len(found & labels) / (len(found) + len(labels)) if both else 1.0


def checked(detectors: Mapping[str, Detector], split: Split[Any, Any]) -> dict[str, float]:
    """The score of each detector on true images; EnvironmentLackError where one is below its floor."""
    scores = {}
    for name, detector in detectors.items():
        score = round(detector.self_check(split), DIGITS)
        if not score >= detector.floor:
            raise EnvironmentLackError(
                f"Detector '{name}' is not fit to look at these images",
                f"it scores {score:.3f} on the true ones, below its floor of {detector.floor:.3f}",
                "Use the detector that was trained on this data set and image size; see 'cfbench list detectors'",
            )
        scores[name] = score
    return scores
