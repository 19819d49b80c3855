"""What comes in: images as a network may take them, or an error that says how they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIX = "Give uint8 arrays (height, width, 3), red first, 0 to 255"


def check_images(images: Sequence[Any], *, at_least: int = 1) -> None:
    """Refuse what is not a uint8 RGB array of ``at_least`` so many pixels on each side.

    Floats are refused, not guessed at: a network's own scaling would come on top of one already done, and
    every picture would be nearly black.
    """
    for at, image in enumerate(images):
        what = f"Image {at} of {len(images)} cannot be looked at"
        if not isinstance(image, np.ndarray):
            raise DataError(what, f"it is a {type(image).__name__}, not a numpy array", _FIX)
        if image.dtype != np.uint8:
            why = f"its numbers are {image.dtype}, which may have been scaled already"
            raise DataError(what, why, f"{_FIX}: from 0..1 by (image * 255).round().astype('uint8')")
        if image.ndim != 3 or image.shape[2] != 3:
            raise DataError(what, f"its shape is {image.shape}, not (height, width, 3)", _FIX)
        if min(image.shape[:2]) < at_least:
            size = f"{image.shape[0]} x {image.shape[1]}"
            raise DataError(what, f"it has {size} pixels, and {at_least} a side are needed")
