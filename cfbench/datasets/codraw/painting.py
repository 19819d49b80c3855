"""Scenes of the park as images for editing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cfbench.datasets.codraw.records import DEEPEST
from cfbench.files import canonical_json, read_bytes, sha256_hex
from cfbench.worlds.park import classes
from cfbench.worlds.park.render import ParkRenderer
from cfbench.worlds.park.sprites import BACKGROUND_PNG
from cfbench.worlds.park.strings import CANVAS_HEIGHT, CANVAS_WIDTH, Clip, clip, used_clips

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.tasks.edit import Image, Placement
    from cfbench.worlds.park.sprites import Source

_PLAIN_LOOK = 6 * len(classes.EXPRESSIONS) + classes.EXPRESSIONS.index("smile")  # waving

_MAX_BYTES = 4 * 1024 * 1024
"""The largest of the official files has 60 KB."""


@lru_cache(maxsize=4)
def _digest(folder: Path) -> str:
    """Of the bytes of the 127 files: what is drawn from another release or a retouched copy is another thing."""
    names = (*classes.all_png_names(), BACKGROUND_PNG)
    digests = [sha256_hex(read_bytes(folder / name, max_bytes=_MAX_BYTES, what="clip art")) for name in names]
    return sha256_hex(canonical_json(digests))


@lru_cache(maxsize=4)
def _empty(size: int, sprites: Source) -> Image:
    image = ParkRenderer(size, sprites).render(())
    image.setflags(write=False)
    return image


@dataclass(frozen=True)
class ParkPainter:
    """Draws scene strings with our own clip art, or with the official one of a ``Pngs`` folder."""

    size: int
    sprites: Source = "own"

    @property
    def classes(self) -> tuple[str, ...]:
        """The 58 classes."""
        return classes.CLASS_NAMES

    @property
    def identity(self) -> str:
        """The version of the drawing, and which clip art: our own, or the digest of the folder's files."""
        return "park@1:" + ("own" if self.sprites == "own" else _digest(self.sprites))

    @property
    def cache_pictures(self) -> bool:
        """Drawing costs little more than reading."""
        return False

    def empty(self) -> Image:
        """The empty park; read-only."""
        return _empty(self.size, self.sprites)

    def frames(self, scene: Any) -> Sequence[Image]:
        """The image of each turn's scene string."""
        return [self._draw(used_clips(text)) for text in scene]

    def final(self, scene: Any) -> Image:
        """The image of the last scene string."""
        return self._draw(used_clips(scene[-1]))

    def compose(self, placements: Sequence[Placement]) -> Image:
        """Unmirrored clips of the nearest depth; people wave and smile."""
        return self._draw([_plain_clip(place) for place in placements])

    def _draw(self, clips: Sequence[Clip]) -> Image:
        return ParkRenderer(self.size, self.sprites).render(clips)


def _plain_clip(place: Placement) -> Clip:
    kind = classes.kind_of(place.label)
    variant = _PLAIN_LOOK if classes.is_person(kind) else place.label - classes.KIND_OFFSETS[kind]
    depth = min(max(round(place.depth * DEEPEST), 0), DEEPEST)
    return clip(kind, variant, place.x * CANVAS_WIDTH, place.y * CANVAS_HEIGHT, depth)
