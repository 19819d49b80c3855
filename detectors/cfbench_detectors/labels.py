"""A detector that is told the truth: it shows what a metric's book-keeping alone does to a perfect model."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.datasets import open_dataset
from cfbench.datasets.edit import EditDataset
from cfbench.detectors import Detection, ObjectDetector
from cfbench.errors import UsageError
from cfbench.files import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.models import ModelContext
    from cfbench.tasks.edit import Image, Placement

CLASSES_OF_ICLEVR = 24  # as published: x and y of i-CLEVR's classes, x, y and depth of CoDraw's


class TrueLabels(ObjectDetector):
    """Knows the final true images of a data set's test and validation splits by their bytes, and sees nothing else.

    Honest for the oracle alone: any other model's image is no true one, and empty to it. Of equal images with
    different objects (CoDraw has none) the first counts.
    """

    summary: ClassVar[str] = (
        "told the objects of the true final images of test and validation, blind to all others: for the oracle only"
    )
    version: str = "1"
    classes: ClassVar[tuple[str, ...]] = ()  # those of the data set
    floor: ClassVar[float] = 1.0

    def setup(self, context: ModelContext) -> None:
        """Open the data set of the run; its images are drawn when the first one is asked for."""
        name = context.dataset.partition("@")[0]
        dataset = open_dataset(
            name,
            root=context.data_root,
            options=context.dataset_options,
            reporter=context.reporter,
            offline=context.offline,
        )
        if not isinstance(dataset, EditDataset):
            raise UsageError(f"'{name}' has no labelled scenes", f"its task is '{dataset.task}'")
        self._dataset = dataset

    def detect(self, images: Sequence[Image]) -> list[Detection]:
        """The objects of each image that is known, with their places; of the others nothing."""
        return [self._known.get(_content(image)) or self._detection(()) for image in images]

    @cached_property
    def _known(self) -> dict[str, Detection]:
        found: dict[str, Detection] = {}
        for name in dict.fromkeys((self._dataset.default_split, self._dataset.validation_split)):
            split = self._dataset.open_split(name, None)
            with self._dataset.context.reporter.track(f"true images of {name}", len(split)) as advance:
                for index, record in enumerate(split.records):
                    image = split.final_image(index)
                    found.setdefault(_content(image), self._detection(record.objects[-1]))
                    advance(1)
        return found

    @cached_property
    def _shape(self) -> tuple[int, int]:
        classes = len(self._dataset.painter().classes)
        return classes, 2 if classes == CLASSES_OF_ICLEVR else 3

    def _detection(self, objects: Sequence[Placement]) -> Detection:
        classes, coordinates = self._shape
        probabilities, places = np.zeros(classes), np.zeros((classes, coordinates))
        for place in objects:
            probabilities[place.label] = 1
            places[place.label] = (place.x, place.y, place.depth)[:coordinates]
        return Detection(probabilities, places)


def _content(image: Image) -> str:
    return sha256_hex(f"{image.shape} ".encode() + image.tobytes())
