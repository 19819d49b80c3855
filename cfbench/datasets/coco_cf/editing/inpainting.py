"""What fills the holes: a plug-in (entry point group ``cfbench.inpainters``); OpenCV's by Telea unless told otherwise.

A package offers one with::

    [project.entry-points."cfbench.inpainters"]
    my-gan = "my_package.filling:MyGan"
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from cfbench.errors import EnvironmentLackError, UsageError

if TYPE_CHECKING:
    import numpy.typing as npt

    from cfbench.tasks.base import Image

DEFAULT = "opencv-telea"
RADIUS = 3  # pixels around a hole that its filling looks at


class Inpainter(Protocol):
    """Made without arguments."""

    @property
    def identity(self) -> str:
        """Changes whenever a pixel of an answer could."""

    def fill(self, image: Image, hole: npt.NDArray[np.bool_]) -> Image:
        """The image with the pixels of the hole invented, and all others untouched. The same for the same input."""


class OpenCvTelea:
    """OpenCV's classical inpainting after Telea 2004: no network, deterministic, smooth smears in large holes."""

    summary: ClassVar[str] = "OpenCV's inpainting after Telea 2004: no network, smooth smears in large holes"
    version: ClassVar[str] = "1"

    def __init__(self) -> None:
        """EnvironmentLackError where OpenCV is not installed."""
        try:
            self._cv2: Any = import_module("cv2")
        except ImportError as error:
            raise EnvironmentLackError(
                "The inpainter 'opencv-telea' cannot be used",
                "it needs the package opencv-python-headless",
                "pip install 'cfbench[images]'",
            ) from error

    @property
    def identity(self) -> str:
        """With the version of OpenCV."""
        return f"opencv-telea@{self.version}|{self._cv2.__version__}|{RADIUS}"

    def fill(self, image: Image, hole: npt.NDArray[np.bool_]) -> Image:
        """As :class:`Inpainter` says."""
        cv2 = self._cv2
        filled = np.asarray(cv2.inpaint(image, hole.astype(np.uint8) * 255, RADIUS, cv2.INPAINT_TELEA))
        return np.where(hole[..., np.newaxis], filled, image).astype(np.uint8)


def open_inpainter(name: str) -> Inpainter:
    """The inpainter of that name, or ``path.py:Class``."""
    from cfbench.plugins import load_plugin

    cls = load_plugin("inpainters", name)
    made: Any = cls() if isinstance(cls, type) else None
    if not (hasattr(made, "identity") and callable(getattr(made, "fill", None))):
        raise UsageError(f"'{name}' is no inpainter", "it has no 'identity' and 'fill'")
    inpainter: Inpainter = made
    return inpainter


def fill(inpainter: Inpainter, image: Image, hole: npt.NDArray[np.bool_]) -> Image:
    """What an inpainter answers, held against what it promises."""
    found = inpainter.fill(image.copy(), hole.copy())
    sound = isinstance(found, np.ndarray) and found.dtype == np.uint8 and found.shape == image.shape
    if not sound or (found != image)[~hole].any():
        why = "its answer is no image of the same size, or differs outside of the hole"
        raise UsageError(f"The inpainter {inpainter.identity} cannot be used", why)
    return found
