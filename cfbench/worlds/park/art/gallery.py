"""Every drawing by the name that CoDraw gives its picture (``s_3`` for ``s_3s.png``)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cfbench.errors import DataError
from cfbench.worlds.park.art import animals, clothing, food, large, people, sky, toys
from cfbench.worlds.park.art.canvas import Sketch, ellipse, smooth

if TYPE_CHECKING:
    from PIL import Image

BACKGROUND_SIZE = (500, 400)
_HORIZON = 190
_DRAWINGS = {
    name: drawing
    for module in (sky, large, people, animals, clothing, food, toys)
    for name, drawing in module.DRAWINGS.items()
}
SPRITE_NAMES = tuple(_DRAWINGS)
"""All 126 names, in the order of CoDraw's 58 classes."""


@cache
def draw_sprite(name: str) -> Image.Image:
    """One sprite as an RGBA image, in pixels of the 500 x 400 canvas; the caller must not change it.

    Sizes follow CoDraw's own pictures, so that scenes written for those overlap alike.
    """
    try:
        width, height, draw = _DRAWINGS[name]
    except KeyError:
        raise DataError(f"CoDraw has no clip art named {name[:40]!r}") from None
    sheet = Sketch(width, height)
    draw(sheet)
    return sheet.image()


@cache
def background() -> Image.Image:
    """The empty park, 500 x 400: sky, far hills and grass."""
    width, height = BACKGROUND_SIZE
    sheet = Sketch(width, height)
    far = width + 5
    sheet.shape(
        [(-5, -5), (far, -5), (far, _HORIZON + 5), (-5, _HORIZON + 5)], ("#6fc3f7", "#d6f1ff"), ink=None
    )
    hills = smooth(
        [(-40, 178), (60, 164), (150, 180), (250, 170), (360, 160), (450, 178), (560, 168)], closed=False
    )
    sheet.shape([*hills, (560, 200), (-40, 200)], "#9fd49a", ink=None)
    sheet.shape(
        [(-5, _HORIZON), (far, _HORIZON), (far, height + 5), (-5, height + 5)],
        ("#8ed05a", "#5fae3f"),
        ink=None,
    )
    for x, y in ((70, 250), (180, 330), (300, 262), (410, 350), (460, 230), (240, 218), (40, 370)):
        sheet.shape(ellipse(x, y, 26, 4), "#79c04c", ink=None)
    return sheet.image().convert("RGB")
