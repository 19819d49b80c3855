"""Regions over the image that they are of: what the answer hangs on green, the rest dark, what is lacking filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from cfbench.tasks.base import Image

    Doubles = npt.NDArray[np.float64]

FAINT, LACKING, HELD = (40, 44, 52), (120, 126, 134), (0, 150, 70)
PAPER = 245


@dataclass(frozen=True)
class View:
    """An image with its regions; ``boxes`` (regions, 4) are left, top, right, bottom as shares of its sides."""

    image: Image
    boxes: Doubles


def blank(width: int, height: int, longest: int = 640) -> Image:
    """Paper in the shape of an image that is not at hand."""
    scale = longest / max(width, height)
    return np.full((max(1, round(height * scale)), max(1, round(width * scale)), 3), PAPER, np.uint8)


def drawn(view: View, weights: Doubles, lacking: npt.NDArray[np.bool_]) -> Image:
    """The boxes over the image, thicker the more the answer hangs on them; those that lack are filled.

    A box that the answer hangs on and that does not lack is seen whole, though one that lacks may overlap it.
    """
    from PIL import Image as Pictures
    from PIL import ImageDraw

    whole = Pictures.fromarray(view.image)
    picture = whole.copy()
    draw = ImageDraw.Draw(picture)
    places = _in_pixels(view.boxes, whole.size)
    found = [at for at in np.argsort(weights, kind="stable").tolist() if view.boxes[at].any()]
    for at in found:
        if lacking[at]:
            draw.rectangle(places[at], fill=LACKING)
        elif weights[at] > 0:
            picture.paste(whole.crop(places[at]), places[at])
    for at in found:
        color = HELD if weights[at] > 0 else FAINT
        draw.rectangle(places[at], outline=color, width=1 + round(2 * float(weights[at])))
    return np.asarray(picture)


def _in_pixels(boxes: Doubles, size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Whole boxes inside the image, their corners in order."""
    corners = np.clip(np.sort(boxes.reshape(-1, 2, 2), axis=1).reshape(-1, 4), 0, 1)
    whole = np.rint(corners * np.tile([size[0] - 1, size[1] - 1], 2)).astype(int)
    return [(left, top, right, bottom) for left, top, right, bottom in whole.tolist()]
