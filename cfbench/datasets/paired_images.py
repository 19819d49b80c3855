"""What data sets of images in pairs share: labels by record, their split, and which edits are hard.

An edit is hard where its set of labels is that of no training image, original or edited (Teney et al. 2020, supplement,
section B). Training images are all of ``train``, whatever share of it a model is fitted on: the hard slice stays the
same along a learning curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.datasets.paired import Member, PairedSplit
from cfbench.tasks.labels import ImageLabelInputs, ImageLabelTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.tasks.base import Image

HARD = "hard"
Labels = tuple[int, ...]
"""The classes that are there, by rising position."""


@dataclass(frozen=True)
class ImageMember(Member):
    """A record of an image. ``changed`` is the class that an edit took out of it."""

    labels: Labels
    hard: bool


class ImagePairs(PairedSplit[ImageLabelInputs, ImageLabelTarget]):
    """Images by pair. The slices of an edit are ``edited`` and, where it is that, ``hard``."""

    records: Sequence[ImageMember]

    def __init__(self, name: str, records: Sequence[ImageMember], classes: tuple[str, ...]) -> None:
        """``classes`` are the names of what labels point at."""
        super().__init__(name, records)
        self.classes = classes

    def image(self, index: int) -> Image | None:  # noqa: ARG002
        """The picture, where the data set has one."""
        return None

    def features(self, index: int) -> npt.NDArray[np.float32] | None:  # noqa: ARG002
        """Features of the picture, where the data set has them."""
        return None

    def inputs(self, index: int, *, teacher_forced: bool = False) -> ImageLabelInputs:  # noqa: ARG002
        """The picture and its features."""
        return ImageLabelInputs(self.ids[index], self.classes, self.image(index), self.features(index))

    def target(self, index: int) -> ImageLabelTarget:
        """The labels, and the place in the pair."""
        record = self.records[index]
        labels = np.zeros(len(self.classes), np.bool_)
        labels[list(record.labels)] = True
        return ImageLabelTarget(labels, record.pair, record.role, record.changed, self.counterpart(index))

    def specification(self, index: int) -> Any:
        """Role, labels, and the class that was taken away."""
        record = self.records[index]
        return [record.role, list(record.labels), record.changed]

    def slices(self, index: int) -> tuple[str, ...]:
        """The role and, of a hard edit, ``hard``."""
        return (*super().slices(index), *((HARD,) if self.records[index].hard else ()))


def labels_of(row: npt.NDArray[Any]) -> Labels:
    """The classes that are there in a row of noughts and ones."""
    return tuple(np.flatnonzero(row).tolist())


def spelled(name: str) -> str:
    """The name of a class as part of an id: ``traffic-light``."""
    return "-".join(name.split())
