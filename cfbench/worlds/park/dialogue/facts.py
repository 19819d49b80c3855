"""What is true of a canvas: the facts that instructions are made of.

Every fact has margins on its side, so that a stranger who looks at the picture would agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.worlds.park import classes
from cfbench.worlds.park.geometry import box_of, covers, overlap
from cfbench.worlds.park.strings import CANVAS_HEIGHT, CANVAS_WIDTH, DEPTH_SCALES, Clip

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = ("big", "medium", "small")  # by depth

# Classes that look to the right where they are not mirrored.
FACING = frozenset({0, 7, 8, 18, 19, 21, 22, 23, 25})
# Classes that anyone sees mirrored: those, the rocket, the slide, the cap, the bat, the racket and the kite.
ONE_SIDED = FACING | {6, 9, 26, 51, 55, 56}

# A zone is a rectangle (left, right, top, bottom) that the centre lies in.
ZONES: dict[str, tuple[float, float, float, float]] = {
    "top left": (0, 130, 0, 105),
    "top middle": (195, 305, 0, 105),
    "top right": (370, 500, 0, 105),
    "bottom left": (0, 130, 295, 400),
    "bottom middle": (195, 305, 295, 400),
    "bottom right": (370, 500, 295, 400),
    "far left": (0, 65, 0, 400),
    "left": (0, 170, 0, 400),
    "left of middle": (150, 220, 0, 400),
    "middle": (205, 295, 0, 400),
    "center": (195, 305, 150, 250),
    "right of middle": (280, 350, 0, 400),
    "right": (330, 500, 0, 400),
    "far right": (435, 500, 0, 400),
    "top": (0, 500, 0, 95),
    "bottom": (0, 500, 310, 400),
}

_HEAD_OF_HAT, _HEAD_OF_GLASSES = (-130.0, -70.0), (-85.0, -45.0)
_CUT = 0.2  # share of a picture beyond an edge from which on it is worth a word


@dataclass(frozen=True)
class Fact:
    """``value`` holds of the class ``subject``, with respect to the classes ``others``.

    Kinds: ``size``, ``zone``, ``relation``, ``facing``, ``gaze``, ``cut``, ``pose``, ``mood`` (of one canvas), and
    ``moved``, ``resized``, ``flipped``, ``posed``, ``mooded`` (of a canvas and the one before).
    """

    kind: str
    subject: int
    value: str
    others: tuple[int, ...] = ()


def facing(clip: Clip) -> str:
    """The side that a one-sided clip looks to."""
    return "left" if clip.flip else "right"


def zones(clip: Clip) -> list[Fact]:
    """The zones of the canvas that a clip lies in."""
    return [
        Fact("zone", clip.label, name)
        for name, (left, right, top, bottom) in ZONES.items()
        if left <= clip.x <= right and top <= clip.y <= bottom
    ]


def cuts(clip: Clip) -> list[Fact]:
    """The edges of the canvas that cut a good part of a clip off."""
    box = box_of(clip)
    width, height = box.right - box.left, box.bottom - box.top
    beyond = {
        "left": -box.left / width,
        "right": (box.right - CANVAS_WIDTH) / width,
        "top": -box.top / height,
        "bottom": (box.bottom - CANVAS_HEIGHT) / height,
    }
    return [Fact("cut", clip.label, edge) for edge, share in beyond.items() if share > _CUT]


def relations(clip: Clip, others: Sequence[Clip]) -> list[Fact]:
    """How a clip lies to others, the telling relations first."""
    worn = [Fact("relation", clip.label, "worn by", (p.label,)) for p in others if _worn(clip, p)]
    if worn:
        return worn
    found: list[Fact] = []
    for other in others:
        found += [Fact("relation", clip.label, value, (other.label,)) for value in _between_two(clip, other)]
    level = [o for o in others if abs(o.y - clip.y) <= 120]
    for left in level:
        found += [
            Fact("relation", clip.label, "between", (left.label, right.label))
            for right in level
            if left.x + 35 < clip.x < right.x - 35 and right.x - left.x < 330
        ]
    return found


def gazes(clip: Clip, others: Sequence[Clip]) -> list[Fact]:
    """Whom a clip looks at or away from."""
    if clip.label not in FACING:
        return []
    return [
        Fact(
            "gaze",
            clip.label,
            "facing" if (clip.x < other.x) == (facing(clip) == "right") else "facing away from",
            (other.label,),
        )
        for other in others
        if abs(other.x - clip.x) >= 50 and other.kind != classes.CLOTHING
    ]


def _worn(clip: Clip, person: Clip) -> bool:
    if clip.kind != classes.CLOTHING or not classes.is_person(person.kind):
        return False
    scale = DEPTH_SCALES[person.depth]
    low, high = _HEAD_OF_GLASSES if clip.label in (34, 35) else _HEAD_OF_HAT
    return abs(clip.x - person.x) <= 32 * scale and low * scale <= clip.y - person.y <= high * scale


def _between_two(clip: Clip, other: Clip) -> list[str]:
    dx, dy = clip.x - other.x, clip.y - other.y
    box, other_box = box_of(clip), box_of(other)
    shared = overlap(box, other_box)
    found: list[str] = []
    if shared >= 0.25 * min(box.area, other_box.area):
        if covers(clip, other):
            found.append("in front of")
        else:
            found.append("half hidden by" if 0.3 <= shared / box.area <= 0.75 else "behind")
    if _by_hand(clip, other):
        found.append("by the hand of")
    if 40 <= abs(dx) <= 230 and abs(dy) <= 120:
        found.append("left of" if dx < 0 else "right of")
    if 40 <= abs(dx) <= 115 and abs(dy) <= 55:
        found.append("next to")
    if abs(dx) <= 45 and abs(dy) >= 55:
        found.append("above" if dy < 0 else "below")
    return found


def _by_hand(clip: Clip, person: Clip) -> bool:
    small = clip.kind in (classes.FOOD, classes.TOY)
    if not small or not classes.is_person(person.kind) or clip.depth != person.depth:
        return False
    scale = DEPTH_SCALES[person.depth]
    ahead = (clip.x - person.x) / scale * (-1 if person.flip else 1)
    return 22 <= ahead <= 75 and -75 <= (clip.y - person.y) / scale <= 45


def direction(before: Clip, after: Clip) -> str:
    """Where a moved clip went, for example ``left`` or ``up and to the left``."""
    dx, dy = after.x - before.x, after.y - before.y
    across = "" if abs(dx) < 15 else "left" if dx < 0 else "right"
    along = "" if abs(dy) < 15 else "up" if dy < 0 else "down"
    return f"{along} and to the {across}" if across and along else across or along


def change(before: Clip, after: Clip) -> Fact:
    """The one thing that a correction changed."""
    label = after.label
    if before.depth != after.depth:
        return Fact("resized", label, "bigger" if after.depth < before.depth else "smaller")
    if before.flip != after.flip:
        return Fact("flipped", label, facing(after) if label in FACING else "other way")
    if before.variant != after.variant:
        (old_pose, _), (pose, mood) = classes.look_of(before.variant), classes.look_of(after.variant)
        return Fact("posed", label, pose) if pose != old_pose else Fact("mooded", label, mood)
    return Fact("moved", label, direction(before, after))
