"""CoDraw's scene strings: ``n,`` and n records of eight fields.

``parse_scene(format_scene(clips)) == clips`` for every tuple of valid clips. The other way round a string
comes back with its numbers spelled canonically and with the trailing comma of CoDraw's drawer canvases.
Text from outside is not trusted: anything but a scene is a :class:`DataError` of one line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from cfbench.errors import DataError
from cfbench.worlds.park.classes import (
    KIND_OFFSETS,
    KIND_PREFIXES,
    KIND_VARIANTS,
    class_of,
    is_person,
    png_name,
)

CANVAS_WIDTH, CANVAS_HEIGHT = 500, 400
DEPTH_SCALES = (1.0, 0.7, 0.49)
UNUSED = -10000

_FIELDS = 8
_MAX_LENGTH = 1 << 16  # the longest of CoDraw's 137,089 strings has 1,144 characters
_MAX_CLIPS = 512
_USED_LIMIT = 1000  # GeNeVA's rule
_NUMBER = re.compile(r"-?\d{1,17}(\.\d{1,30})?([eE]-?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clip:
    """One record: a piece of clip art, its centre on the 500 x 400 canvas, its depth and its mirroring."""

    png: str
    local: int
    variant: int
    kind: int
    x: float
    y: float
    depth: int
    flip: bool

    @property
    def label(self) -> int:
        """The class, 0 to 57."""
        return KIND_OFFSETS[self.kind] + (0 if is_person(self.kind) else self.variant)

    @property
    def used(self) -> bool:
        """Whether the clip lies on the canvas rather than in the drawer's palette.

        GeNeVA's rule: no coordinate beyond 1,000. CoDraw's own (neither x nor y is -10000) says the same
        of every record of CoDraw 1.0.
        """
        return max(abs(self.x), abs(self.y), abs(self.depth)) <= _USED_LIMIT


def clip(kind: int, variant: int, x: float, y: float, depth: int = 0, *, flip: bool = False) -> Clip:
    """A clip by kind and variant."""
    class_of(kind, variant)
    return Clip(png_name(kind, variant), 0, variant, kind, x, y, depth, flip)


def parse_scene(text: str) -> tuple[Clip, ...]:
    """Every record of a scene string, used or not."""
    if len(text) > _MAX_LENGTH:
        raise DataError(f"A scene string of {len(text)} characters is refused", f"at most {_MAX_LENGTH}")
    fields = text.removesuffix(",").split(",")
    count = _whole(fields[0], "the number of clips")
    if not 0 <= count <= _MAX_CLIPS:
        raise DataError(f"A scene of {count} clips is refused", f"0 to {_MAX_CLIPS}")
    if len(fields) != 1 + count * _FIELDS:
        raise DataError(
            f"A scene string announces {count} clips but holds {len(fields) - 1} fields",
            f"each clip has {_FIELDS}",
        )
    return tuple(_record(tuple(fields[start : start + _FIELDS])) for start in range(1, len(fields), _FIELDS))


def used_clips(text: str) -> tuple[Clip, ...]:
    """The clips that lie on the canvas."""
    return tuple(each for each in parse_scene(text) if each.used)


def format_scene(clips: tuple[Clip, ...]) -> str:
    """The scene string of clips."""
    parts = [str(len(clips))]
    for each in clips:
        parts += [each.png, str(each.local), str(each.variant), str(each.kind)]
        parts += [_spell(each.x), _spell(each.y), str(each.depth), str(int(each.flip))]
    return ",".join(parts) + ","


@lru_cache(maxsize=4096)  # a drawer's canvas repeats nearly all records of the one before
def _record(fields: tuple[str, ...]) -> Clip:
    png, local, variant, kind, x, y, depth, flip = fields
    record = Clip(
        png,
        _whole(local, "a clip's index"),
        _whole(variant, "a clip's number"),
        _whole(kind, "a clip's kind"),
        _number(x),
        _number(y),
        _whole(depth, "a clip's depth"),
        flip == "1",
    )
    known = 0 <= record.kind < len(KIND_PREFIXES) and 0 <= record.variant < KIND_VARIANTS[record.kind]
    if not known or png != png_name(record.kind, record.variant):
        raise DataError(f"{png[:40]!r} is not CoDraw's clip art of kind {kind} with number {variant}")
    if record.local < 0 or record.depth not in (0, 1, 2, UNUSED) or flip not in ("0", "1"):
        raise DataError(
            f"The record of {png} is out of range",
            f"index {local}, depth {depth} (0, 1 or 2), flip {flip[:8]!r} (0 or 1)",
        )
    return record


def _whole(text: str, what: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise DataError(f"{what[0].upper()}{what[1:]} in a scene string is {text[:40]!r}", "a whole number")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise DataError(f"A coordinate in a scene string is {text[:40]!r}", "a finite number")
    value = float(text)
    if abs(value) > -UNUSED:
        raise DataError(f"A coordinate in a scene string is {text[:40]!r}", f"at most {-UNUSED} either way")
    return value


def _spell(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
