"""A detector: says of each image which classes are in it. A metric looks through one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench_example.colours import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.tasks.edit import Image

LEAST_SHARE = 0.01  # of the image: less is a stray pixel, not a circle
TOLERANCE = 24  # of 255, in each channel


class CircleColours:
    """Finds the colours of the circles, also in images that are a little off."""

    summary: ClassVar[str] = "finds the circles of the data set 'circles' by their colours"
    version: ClassVar[str] = "1"
    classes: ClassVar[tuple[str, ...]] = tuple(f"{colour} circle" for colour in COLOURS)
    floor: ClassVar[float] = 0.99  # below this score on true images it is not fit for use

    def detect(self, images: Sequence[Image]) -> list[list[bool]]:
        """For each image, whether each class is there."""
        return [[_covers(image, colour) for colour in COLOURS.values()] for image in images]


def _covers(image: Image, colour: tuple[int, int, int]) -> bool:
    near = (np.abs(image.astype(np.int16) - np.array(colour)) <= TOLERANCE).all(-1)
    return bool(near.mean() >= LEAST_SHARE)
