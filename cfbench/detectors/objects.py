"""Detectors of object classes and places, as editing data sets ask for them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.detectors.base import Detector

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.datasets.base import Split
    from cfbench.tasks.edit import Image, Placement

PRESENT = 0.5


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
