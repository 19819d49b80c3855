"""A detector: says of each image which classes are in it, and where. A metric looks through one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.detectors import Detection, ObjectDetector
from cfbench_example.colours import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.tasks.edit import Image

LEAST_SHARE = 0.01  # of the image: less is a stray pixel, not a circle
TOLERANCE = 24  # of 255, in each channel


class CircleColours(ObjectDetector):
    """Finds the colours of the circles, also in images that are a little off."""

    summary: ClassVar[str] = "finds the circles of the data set 'circles' by their colours"
    version: str = "1"
    classes: ClassVar[tuple[str, ...]] = tuple(f"{colour} circle" for colour in COLOURS)
    floor: ClassVar[float] = 0.99  # below this score on true images it is not fit for use

    def detect(self, images: Sequence[Image]) -> list[Detection]:
        """For each image and class, whether it is there and where its centre is."""
        return [_look(image) for image in images]


def _look(image: Image) -> Detection:
    found, places = np.zeros(len(COLOURS)), np.zeros((len(COLOURS), 2))
    for label, colour in enumerate(COLOURS.values()):
        near = (np.abs(image.astype(np.int16) - np.array(colour)) <= TOLERANCE).all(-1)
        if near.mean() >= LEAST_SHARE:
            rows, columns = np.nonzero(near)
            found[label] = 1.0
            places[label] = columns.mean() / image.shape[1], rows.mean() / image.shape[0]
    return Detection(found, places)
