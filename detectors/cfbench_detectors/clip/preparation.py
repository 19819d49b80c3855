"""From a picture to what a CLIP network reads, by Pillow on bytes, as the networks were trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.detectors.extractors import Singles
    from cfbench.tasks.base import Image

INTERPOLATIONS = ("bicubic", "bilinear")
MODES = ("shortest", "squash")


@dataclass(frozen=True)
class Preparation:
    """What one network asks for; its own numbers, from its open_clip configuration.

    ``shortest``: the shorter side becomes the network's size, and the middle is cut out, so that pictures that
    are not square lose their borders. ``squash``: the whole picture, made square. Either way with antialiasing.
    """

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    mode: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Preparation:
        """From the ``preprocess_cfg`` of an open_clip model; DataError where it asks for what is not done here."""
        size = config["size"]
        sides = {int(side) for side in (size if isinstance(size, (tuple, list)) else [size])}
        if len(sides) > 1:
            raise DataError(
                "This CLIP model cannot be used", f"it reads images of {size}, which are not square"
            )
        made = cls(
            sides.pop(),
            tuple(config["mean"]),
            tuple(config["std"]),
            config["interpolation"],
            config["resize_mode"],
        )
        if made.interpolation not in INTERPOLATIONS or made.mode not in MODES:
            asked = f"it resizes by '{made.mode}' and '{made.interpolation}'"
            known = f"known: {', '.join(MODES)}; {', '.join(INTERPOLATIONS)}"
            raise DataError("This CLIP model cannot be used", f"{asked}; {known}")
        return made

    def __call__(self, images: Sequence[Image]) -> Singles:
        """(n, 3, size, size), normalised."""
        pixels = np.stack([self._sized(image) for image in images]).astype(np.float32)
        pixels /= 255
        pixels -= np.asarray(self.mean, np.float32)
        pixels /= np.asarray(self.std, np.float32)
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))

    def _sized(self, image: Image) -> Image:
        from PIL import Image as Pillow

        filters = {"bicubic": Pillow.Resampling.BICUBIC, "bilinear": Pillow.Resampling.BILINEAR}
        picture = Pillow.fromarray(image)
        width, height = picture.size
        size = self.size
        if self.mode == "squash":
            return np.asarray(picture.resize((size, size), filters[self.interpolation]))
        if width <= height:
            width, height = size, int(size * height / width)
        else:
            width, height = int(size * width / height), size
        left, top = round((width - size) / 2), round((height - size) / 2)
        resized = picture.resize((width, height), filters[self.interpolation])
        return np.asarray(resized.crop((left, top, left + size, top + size)))
