"""Where the park's pictures come from: drawn here, or read from a folder of CoDraw's official PNGs.

A folder is used as a whole or not at all: every one of its 127 files is checked before the first is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from cfbench.errors import DataError
from cfbench.files import read_bytes, read_image_rgba
from cfbench.worlds.park.art import BACKGROUND_SIZE, background, draw_sprite
from cfbench.worlds.park.classes import KIND_VARIANTS, all_png_names, class_of, png_name

if TYPE_CHECKING:
    from collections.abc import Mapping

Source = Path | Literal["own"]
BACKGROUND_PNG = "background.png"

_LABELS = {
    png_name(kind, variant): class_of(kind, variant)
    for kind, count in enumerate(KIND_VARIANTS)
    for variant in range(count)
}
_MAX_BYTES = 4 * 1024 * 1024  # the largest of the official files has 60 KB
_MAX_PIXELS = 2048 * 2048
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIX = "Install CoDraw's whole Pngs folder with 'cfbench data get codraw'; --dataset codraw-mini needs none"


@dataclass(frozen=True)
class OfficialSprites:
    """The pictures of a complete ``Pngs`` folder."""

    pictures: Mapping[str, Image.Image]
    background: Image.Image


def label_of(png: str) -> int:
    """The class, 0 to 57, of a picture by its official file name."""
    try:
        return _LABELS[png]
    except KeyError:
        raise DataError(f"CoDraw has no clip art named {png[:40]!r}") from None


def sprite(source: Source, png: str) -> Image.Image:
    """A picture by its official file name (``s_3s.png``), RGBA; the caller must not change it."""
    label_of(png)
    return (
        draw_sprite(png.removesuffix("s.png")) if source == "own" else official_sprites(source).pictures[png]
    )


def empty_park(source: Source) -> Image.Image:
    """The background, RGB, 500 x 400; the caller must not change it."""
    return background() if source == "own" else official_sprites(source).background


@lru_cache(maxsize=4)
def official_sprites(folder: Path) -> OfficialSprites:
    """Read and check a ``Pngs`` folder; anything missing, broken or too large is a ``DataError``."""
    names = (*all_png_names(), BACKGROUND_PNG)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        what = f"{folder} is not CoDraw's Pngs folder"
        raise DataError(what, f"{len(missing)} of {len(names)} files are missing: {shown}", _FIX)
    pictures = {name: _read(folder / name) for name in names}
    canvas = pictures.pop(BACKGROUND_PNG)
    if canvas.size != BACKGROUND_SIZE:
        size = f"{canvas.width} x {canvas.height}"
        raise DataError(
            f"{folder / BACKGROUND_PNG} is not CoDraw's background", f"{size}, not 500 x 400", _FIX
        )
    return OfficialSprites(pictures, canvas.convert("RGB"))


def _read(path: Path) -> Image.Image:
    data = read_bytes(path, max_bytes=_MAX_BYTES, what="clip art")
    if not data.startswith(_PNG_SIGNATURE):
        raise DataError(f"{path} is not a PNG image", "its first bytes are another format's", _FIX)
    try:
        return Image.fromarray(read_image_rgba(data, max_pixels=_MAX_PIXELS, what="clip art"))
    except DataError as error:
        raise DataError(f"Cannot use {path}", error.why, _FIX) from error
