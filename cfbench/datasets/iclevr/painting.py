"""Drawing sequences: from the world of blocks, or from the official pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.datasets.iclevr.layout import BACKGROUND, picture_sizes
from cfbench.datasets.iclevr.sequences import TURNS
from cfbench.files import canonical_json, read_bytes, read_image, sha256_hex
from cfbench.worlds.blocks import (
    CLASS_NAMES,
    assemble,
    camera_of,
    make_object,
    object_mask,
    plain_setting,
    render,
    render_sequence,
)
from cfbench.worlds.blocks.camera import HEIGHT, WIDTH
from cfbench.worlds.blocks.vocabulary import half_height

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cfbench.tasks.edit import Image, Placement

SIZE, MATERIAL = "large", "rubber"
"""i-CLEVR varies neither size nor material."""
_MAX_PIXELS = 2048 * 2048
"""A picture of i-CLEVR has 320 x 240 pixels."""
_MAX_BYTES = 16 * 1024 * 1024
_DRAWING = "blocks@1"
"""Changes whenever a pixel of a drawn block could."""


@lru_cache(maxsize=4)
def _empty(size: int) -> Image:
    canvas = render(assemble("empty", 0, plain_setting(), []), size)
    canvas.flags.writeable = False
    return canvas


def _plain_scene(placements: Sequence[Placement]) -> dict[str, Any]:
    """Large rubber blocks that stand where the placements say, seen by the camera without jitter."""
    setting = plain_setting()
    camera = camera_of({"cfbench": setting})
    objects = []
    for place in placements:
        name = CLASS_NAMES[place.label]
        height = half_height(name.split()[0], SIZE)
        ray = camera.rays(np.array(place.x * WIDTH), np.array(place.y * HEIGHT))
        depth = (height - camera.location[2]) / float(ray[2])
        spot = [camera.location[axis] + depth * float(ray[axis]) for axis in (0, 1)]
        objects.append(make_object(camera, name, spot, size=SIZE, material=MATERIAL, rotation=0))
    return assemble("made", 0, setting, objects)


@lru_cache(maxsize=4)
def _digest(folder: Path) -> str:
    """Of the background's bytes, and of the name and length of every picture.

    The contents of 50,000 pictures are not read: a picture that is changed and keeps its length is not noticed.
    Neither is it, until the next process, what changes after the first look.
    """
    background = read_bytes(folder / BACKGROUND, max_bytes=_MAX_BYTES, what="i-CLEVR picture")
    return sha256_hex(canonical_json([sha256_hex(background), picture_sizes(folder)]))


@dataclass(frozen=True)
class _Blocks:
    """What both painters have alike."""

    size: int

    @property
    def classes(self) -> tuple[str, ...]:
        """The 24 classes, written "shape colour"."""
        return CLASS_NAMES

    @property
    def cache_pictures(self) -> bool:
        """Drawing costs little more than reading a file, and reading is what the cache would do."""
        return False


@dataclass(frozen=True)
class BlocksPainter(_Blocks):
    """Draws generated scenes. The empty canvas is the stage without jitter, one for all sequences."""

    @property
    def identity(self) -> str:
        """The version of the drawing."""
        return _DRAWING

    def empty(self) -> Image:
        """The empty stage; read-only."""
        return _empty(self.size)

    def frames(self, scene: Any) -> Sequence[Image]:
        """The image after each object."""
        return render_sequence(scene, self.size)

    def final(self, scene: Any) -> Image:
        """The finished scene."""
        return render(scene, self.size)

    def compose(self, placements: Sequence[Placement]) -> Image:
        """Large rubber blocks on the empty stage; their depth follows from where they stand."""
        return render(_plain_scene(placements), self.size)


@dataclass(frozen=True)
class PicturePainter(_Blocks):
    """Reads the official pictures below ``folder`` and squeezes them as GeNeVA does."""

    folder: Path

    @property
    def identity(self) -> str:
        """The versions of the resizing and of what ``compose`` draws, and a digest of the pictures (by length)."""
        return f"iclevr@1+{_DRAWING}:{_digest(self.folder)}"

    def empty(self) -> Image:
        """``background.png``."""
        return self._read(BACKGROUND)

    def frames(self, scene: Any) -> Sequence[Image]:
        """The picture of each turn."""
        return [self._read(_picture(scene, turn)) for turn in range(TURNS)]

    def final(self, scene: Any) -> Image:
        """The picture of the last turn."""
        return self._read(_picture(scene, TURNS - 1))

    def compose(self, placements: Sequence[Placement]) -> Image:
        """Drawn blocks and their shadows, laid over the official background."""
        scene = _plain_scene(placements)
        drawn = render(scene, self.size)
        shade = drawn.astype(np.int16) - _empty(self.size)
        canvas = np.clip(self.empty() + shade, 0, 255).astype(np.uint8)
        blocks = object_mask(scene, self.size) >= 0
        canvas[blocks] = drawn[blocks]
        return canvas

    def _read(self, name: str) -> Image:
        picture = read_image(self.folder / name, max_pixels=_MAX_PIXELS, what="i-CLEVR picture")
        return squeeze(picture, self.size)


def _picture(scene: Any, turn: int) -> str:
    return f"images/{scene['name']}_{turn}.png"


def squeeze(image: NDArray[np.uint8], size: int) -> Image:
    """Bilinear between pixel centres, without regard to aspect and without smoothing, as OpenCV's default.

    GeNeVA's preparation resizes so; its rounding differs by at most 1.
    """
    rows, columns = image.shape[:2]
    top, bottom, down = _between(rows, size)
    left, right, across = _between(columns, size)
    values = image.astype(np.float64)
    values = values[top] * (1 - down)[:, None, None] + values[bottom] * down[:, None, None]
    values = values[:, left] * (1 - across)[:, None] + values[:, right] * across[:, None]
    squeezed: Image = np.rint(values).astype(np.uint8)
    return squeezed


def _between(old: int, new: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """For each new pixel its two old neighbours and the weight of the second."""
    place = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    first = np.floor(place).astype(np.intp)
    return first, np.minimum(first + 1, old - 1), place - first
