"""What is taken out of an image, and what that leaves of its labels. Pixels play no part in it.

The rules are those that the real ``coco-cf`` was made by: classes in random order, each by all of its boxes, at most so
many; one whose boxes fill more than 60 % of the image is left in. A class of which every box lies for more than 90 % in
those boxes is gone with it; one of which every box does for 50 % or more is there by a doubtful (weak) label. The hole
that is filled is two pixels larger on each side.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.datasets.coco_cf.editing.annotations import Box

GROWN = 2
"""Pixels by which a hole is larger than its box on each side."""
LARGEST = 0.6
"""The largest share of an image that is taken out."""
GONE, WEAK = 0.9, 0.5
PLACEBO_TOUCH = 0.05
"""The largest share of a placebo's rectangle that lies in boxes."""
_PLACEBO_SIZES, _PLACEBO_PLACES, _SHRINK = 12, 30, 0.8
_LEAST_PIXELS = 4


@dataclass(frozen=True)
class Edit:
    """One class taken out. ``gone`` names all classes whose label goes, ``weak`` those that stay doubtful."""

    removed: int
    area: float  # the share of the image that the boxes fill
    mask: npt.NDArray[np.bool_]
    gone: tuple[int, ...]
    weak: tuple[int, ...]
    boxes: int


def scaled(boxes: Sequence[Box], across: float, down: float) -> list[Box]:
    """The boxes in an image that was made smaller by these factors."""
    return [
        type(box)(box.left * across, box.top * down, box.right * across, box.bottom * down, box.label)
        for box in boxes
    ]


def class_mask(
    boxes: Sequence[Box], label: int, height: int, width: int, grown: int = GROWN
) -> npt.NDArray[np.bool_]:
    """Every pixel of the boxes of a class, each made larger."""
    mask = np.zeros((height, width), np.bool_)
    for box in boxes:
        if box.label == label:
            rows, columns = _pixels(box, height, width, grown)
            mask[rows, columns] = True
    return mask


def edit_of(boxes: Sequence[Box], label: int, height: int, width: int) -> Edit:
    """What taking out a class means for all labels."""
    taken = class_mask(boxes, label, height, width, grown=0)
    least: dict[int, float] = {}
    for box in boxes:
        rows, columns = _pixels(box, height, width, 0)
        share = float(taken[rows, columns].mean())
        least[box.label] = min(share, least.get(box.label, 1.0))
    gone = {one for one, share in least.items() if share > GONE} | {label}
    weak = {one for one, share in least.items() if share >= WEAK} - gone
    count = sum(box.label == label for box in boxes)
    hole = class_mask(boxes, label, height, width)
    return Edit(label, float(taken.mean()), hole, tuple(sorted(gone)), tuple(sorted(weak)), count)


def edits_of(
    boxes: Sequence[Box], height: int, width: int, most: int, generator: np.random.Generator
) -> list[Edit]:
    """At most so many edits of an image, in random order of their classes."""
    present = sorted({box.label for box in boxes})
    found: list[Edit] = []
    for at in generator.permutation(len(present)).tolist():
        if len(found) == most:
            break
        edit = edit_of(boxes, present[at], height, width)
        if edit.area <= LARGEST:
            found.append(edit)
    return found


def placebo_of(
    boxes: Sequence[Box], height: int, width: int, area: float, generator: np.random.Generator
) -> npt.NDArray[np.bool_] | None:
    """A rectangle of about this share of the image that next to no box touches; smaller where none fits, or None."""
    taken = np.zeros((height + 1, width + 1))
    for label in {box.label for box in boxes}:
        np.maximum(taken[1:, 1:], class_mask(boxes, label, height, width), out=taken[1:, 1:])
    sums = taken.cumsum(axis=0).cumsum(axis=1)
    for step in range(_PLACEBO_SIZES):
        pixels = area * height * width * _SHRINK**step
        for _ in range(_PLACEBO_PLACES):
            shape = float(np.exp(generator.uniform(-0.7, 0.7)))
            tall, wide = round(sqrt(pixels * shape)), round(sqrt(pixels / shape))
            if min(tall, wide) < _LEAST_PIXELS or tall > height or wide > width:
                continue
            top = int(generator.integers(height - tall + 1))
            left = int(generator.integers(width - wide + 1))
            inside = (
                sums[top + tall, left + wide]
                - sums[top, left + wide]
                - sums[top + tall, left]
                + sums[top, left]
            )
            if inside < PLACEBO_TOUCH * tall * wide:
                mask = np.zeros((height, width), np.bool_)
                mask[top : top + tall, left : left + wide] = True
                return mask
    return None


def _pixels(box: Box, height: int, width: int, grown: int) -> tuple[slice, slice]:
    """The pixels that a box touches, at least one of the image."""
    top = min(max(floor(box.top) - grown, 0), height - 1)
    left = min(max(floor(box.left) - grown, 0), width - 1)
    bottom = min(max(ceil(box.bottom) + grown, top + 1), height)
    right = min(max(ceil(box.right) + grown, left + 1), width)
    return slice(top, bottom), slice(left, right)
