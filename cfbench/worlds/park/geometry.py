"""Where clips lie on the canvas: boxes, overlaps, and who covers whom."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cfbench.worlds.park import classes
from cfbench.worlds.park.render import draw_order
from cfbench.worlds.park.statistics import statistics
from cfbench.worlds.park.strings import DEPTH_SCALES, Clip


class Box(NamedTuple):
    """A rectangle on the canvas; it may reach beyond it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """In square pixels."""
        return (self.right - self.left) * (self.bottom - self.top)


@lru_cache(maxsize=256)
def box_of(clip: Clip) -> Box:
    """The rectangle that a clip's picture fills."""
    table = statistics()
    size = table.extents[clip.label]
    if size is None:
        size = table.people_extents[clip.kind - classes.BOY][clip.variant // len(classes.EXPRESSIONS)]
    half_width, half_height = (side * DEPTH_SCALES[clip.depth] / 2 for side in size)
    return Box(clip.x - half_width, clip.y - half_height, clip.x + half_width, clip.y + half_height)


def overlap(one: Box, other: Box) -> float:
    """The area that two rectangles share."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(width, 0.0) * max(height, 0.0)


def covers(one: Clip, other: Clip) -> bool:
    """Whether ``one`` is drawn after ``other``."""
    return draw_order(one.png, one.depth) > draw_order(other.png, other.depth)
