"""Features of a park picture without a trained network: filters drawn at random, rectified, averaged over quarters.

Counted from the empty park and scaled to numbers about one. Numpy alone; on other machines they differ by rounding.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cfbench.randomness import generator
from cfbench.worlds.park.render import ParkRenderer

if TYPE_CHECKING:
    import numpy.typing as npt

    from cfbench.tasks.base import Image

IDENTITY = "random-filters@1"
SIZE = 64
"""Width and height of the pictures that features are taken of, in pixels."""
WIDTH = 256

_SIDE, _STEP, _FILTERS, _PARTS = 8, 4, 64, 2
_SCALE = np.float32(31)  # one over the deviation in train


def features_of(image: Image) -> npt.NDArray[np.float32]:
    """The features of one picture of :data:`SIZE`."""
    found: npt.NDArray[np.float32] = (_raw(image) - _empty()) * _SCALE
    return found


@lru_cache(maxsize=1)
def _filters() -> npt.NDArray[np.float32]:
    """Of unit length and of mean zero, a column each."""
    drawn = generator(20204, "park-labels", IDENTITY).standard_normal((_SIDE * _SIDE * 3, _FILTERS))
    drawn -= drawn.mean(axis=0)
    filters: npt.NDArray[np.float32] = (drawn / np.linalg.norm(drawn, axis=0)).astype(np.float32)
    return filters


@lru_cache(maxsize=1)
def _empty() -> npt.NDArray[np.float32]:
    return _raw(ParkRenderer(SIZE).render(()))


def _raw(image: Image) -> npt.NDArray[np.float32]:
    picture = image.astype(np.float32) / 255 - np.float32(0.5)
    windows = np.lib.stride_tricks.sliding_window_view(picture, (_SIDE, _SIDE), axis=(0, 1))[::_STEP, ::_STEP]
    rows, columns = windows.shape[:2]
    seen = np.maximum(windows.reshape(rows * columns, -1) @ _filters(), 0).reshape(rows, columns, _FILTERS)
    quarters = [
        part.mean(axis=(0, 1))
        for band in np.array_split(seen, _PARTS, axis=0)
        for part in np.array_split(band, _PARTS, axis=1)
    ]
    return np.concatenate(quarters, dtype=np.float32)
