"""What a detector is: a network that a metric looks through.

A blind detector makes every number noise. So before any use it looks at true images, and where it scores
below its declared floor, the run stops.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.errors import EnvironmentLackError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets.base import Split
    from cfbench.models import ModelContext

CHECKED_SAMPLES = 64  # the first of the validation split, whatever is scored
DIGITS = 4  # of a self-check: more would differ between devices


class Detector(ABC):
    """A detector, declared by class attributes.

    ``kind`` is what metrics ask for in ``needs``; it decides which methods there are beside these. One that
    honours ``context.precision`` says so in its ``version``, as ``1+bf16``.
    """

    kind: ClassVar[str]
    mark: ClassVar[str] = "det"  # how signatures call it; "ext" for a feature extractor
    version: str
    summary: ClassVar[str]
    floor: ClassVar[float]  # the least score on true images with which it is fit for use
    weights_digest: str | None = None

    def setup(self, context: ModelContext) -> None:  # noqa: B027 - most have nothing to set up
        """Called once, first."""

    @abstractmethod
    def self_check(self, split: Split[Any, Any]) -> float:
        """The score, 0 to 1, on the true images of a small split."""


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
