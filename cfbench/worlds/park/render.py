"""Scenes as pixels.

The 500 x 400 canvas becomes a square without keeping its shape, as GeNeVA's images do. Sprites are averaged
over the area of each target pixel and placed on a grid of 256 steps a side or finer, at most one canvas
pixel from their place; then they cover one another from back to front in float32 without any operation that
machines round differently, so images agree within one grey level everywhere.

As in CoDraw's own viewer, a clip whose centre lies left of the canvas (x < 0) is not drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from PIL import Image, ImageOps

from cfbench.errors import DataError, UsageError
from cfbench.worlds.park.classes import KIND_OFFSETS, SKY
from cfbench.worlds.park.sprites import Source, empty_park, label_of, official_sprites, sprite
from cfbench.worlds.park.strings import CANVAS_HEIGHT, CANVAS_WIDTH, DEPTH_SCALES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SMALLEST, LARGEST = 16, 1024
_GRID = 256
_SUN = "s_3s.png"


class Placed(Protocol):
    """What the renderer needs of a clip: ``strings.Clip`` has it."""

    @property
    def png(self) -> str:
        """Official file name, ``s_3s.png``."""

    @property
    def x(self) -> float:
        """Centre on the 500 x 400 canvas."""

    @property
    def y(self) -> float:
        """Centre on the 500 x 400 canvas."""

    @property
    def depth(self) -> int:
        """0 (front, full size), 1 or 2."""

    @property
    def flip(self) -> bool:
        """Mirrored left to right."""


class _Stamp(NamedTuple):
    """A sprite at its final scale: premultiplied colour, and the share of the background it lets through."""

    top: int
    left: int
    colour: NDArray[np.float32]
    through: NDArray[np.float32]


@dataclass(frozen=True)
class ParkRenderer:
    """Draws scenes at one size with our own sprites or with a folder of official ones."""

    size: int = 64
    sprites: Source = "own"

    def __post_init__(self) -> None:
        if not SMALLEST <= self.size <= LARGEST:
            what = f"Park images of {self.size} pixels a side are not drawn"
            raise UsageError(what, f"the size must be {SMALLEST} to {LARGEST}")
        if isinstance(self.sprites, Path):
            official_sprites(self.sprites)

    def render(self, clips: Iterable[Placed]) -> NDArray[np.uint8]:
        """The scene as size x size x RGB; clips may come in any order and lie anywhere."""
        canvas = _empty(self.size, self.sprites).copy()
        steps = _steps(self.size)
        for clip in sorted(clips, key=_back_to_front):
            if not (isfinite(clip.x) and isfinite(clip.y)):
                raise DataError(f"{clip.png} cannot be drawn", f"it is placed at {clip.x}, {clip.y}")
            if clip.x < 0:
                continue
            width, height = _extent(self.sprites, clip.png, clip.depth)
            left, x_step = divmod(floor((clip.x - width / 2) * self.size * steps / CANVAS_WIDTH + 0.5), steps)
            top, y_step = divmod(
                floor((clip.y - height / 2) * self.size * steps / CANVAS_HEIGHT + 0.5), steps
            )
            look = clip.png, clip.depth, bool(clip.flip)
            _cover(canvas, _stamp(self.size, self.sprites, look, x_step, y_step), top, left)
        canvas += 0.5
        return np.ascontiguousarray(canvas.astype(np.uint8).transpose(1, 2, 0))


def draw_order(png: str, depth: int) -> int:
    """A key that sorts clips from back to front: sun, sky, then from far to near, by class within a depth."""
    if not 0 <= depth < len(DEPTH_SCALES):
        raise DataError(f"{png[:40]} cannot be drawn", f"its depth is {depth}, not 0, 1 or 2")
    if png == _SUN:
        return -1
    label = label_of(png)
    in_sky = label < KIND_OFFSETS[SKY + 1]
    return label if in_sky else label + (len(DEPTH_SCALES) - depth) * 100


def _back_to_front(clip: Placed) -> int:
    return draw_order(clip.png, clip.depth)


def _steps(size: int) -> int:
    """Places between two neighbouring target pixels at which a stamp is kept ready."""
    return min(4, max(1, ceil(_GRID / size)))


@lru_cache(maxsize=8)
def _empty(size: int, source: Source) -> NDArray[np.float32]:
    image = empty_park(source).resize((size, size), Image.Resampling.BOX)
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1), dtype=np.float32)


@lru_cache(maxsize=2048)
def _extent(source: Source, png: str, depth: int) -> tuple[float, float]:
    """Width and height of a sprite on the canvas."""
    picture, scale = sprite(source, png), DEPTH_SCALES[depth]
    return picture.width * scale, picture.height * scale


@lru_cache(maxsize=16384)  # 126 sprites, 3 depths, 2 sides and 16 places make 12,096 of a size
def _stamp(size: int, source: Source, look: tuple[str, int, bool], x_step: int, y_step: int) -> _Stamp:
    """A sprite scaled for one size, its upper left corner ``step / steps`` pixels into its first pixel."""
    png, depth, flip = look
    picture = sprite(source, png).convert("RGBa")
    if flip:
        picture = ImageOps.mirror(picture)
    steps, scale = _steps(size), DEPTH_SCALES[depth]
    across, down = (
        CANVAS_WIDTH / (size * scale),
        CANVAS_HEIGHT / (size * scale),
    )  # sprite pixels a target pixel
    columns = ceil(picture.width / across + x_step / steps)
    rows = ceil(picture.height / down + y_step / steps)
    margin = ceil(max(across, down)) + 1
    sheet = Image.new("RGBa", (picture.width + 2 * margin, picture.height + 2 * margin))
    sheet.paste(picture, (margin, margin))
    left, top = margin - x_step / steps * across, margin - y_step / steps * down
    box = (left, top, left + columns * across, top + rows * down)
    small = sheet.resize((columns, rows), Image.Resampling.BOX, box=box)
    planes = np.asarray(small, dtype=np.float32).transpose(2, 0, 1)
    opaque = planes[3]
    down_side, across_side = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    if not down_side.size:
        return _Stamp(0, 0, np.zeros((3, 0, 0), np.float32), np.zeros((0, 0), np.float32))
    y, x = slice(down_side[0], down_side[-1] + 1), slice(across_side[0], across_side[-1] + 1)
    colour = np.ascontiguousarray(planes[:3, y, x])
    through = np.ascontiguousarray(1 - opaque[y, x] / np.float32(255))
    return _Stamp(int(down_side[0]), int(across_side[0]), colour, through)


def _cover(canvas: NDArray[np.float32], stamp: _Stamp, top: int, left: int) -> None:
    """Lay a stamp over the canvas; what falls outside is cut off."""
    size = canvas.shape[1]
    top, left = top + stamp.top, left + stamp.left
    rows, columns = stamp.through.shape
    y0, x0, y1, x1 = max(top, 0), max(left, 0), min(top + rows, size), min(left + columns, size)
    if y1 <= y0 or x1 <= x0:
        return
    y, x = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
    region = canvas[:, y0:y1, x0:x1]
    region *= stamp.through[y, x]
    region += stamp.colour[:, y, x]
