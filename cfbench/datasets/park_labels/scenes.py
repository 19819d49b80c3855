"""Scenes with their edits and placebos: pure functions of seed, split and position.

An edit is the same scene without any object of one class, drawn anew: nothing else differs, and nothing is painted
over. A placebo is the same scene with one thing at another place, or a person in another pose: no label differs.
In all of them each labelled object can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.datasets.park_labels.company import PARK_LABELS, company
from cfbench.randomness import generator
from cfbench.worlds.dice import Dice
from cfbench.worlds.park.geometry import Box, box_of, covers, overlap
from cfbench.worlds.park.scenes import placed_again, scene_of
from cfbench.worlds.park.strings import CANVAS_HEIGHT, CANVAS_WIDTH, Clip, format_scene

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_EDITS = 3
SEEN = 0.4
"""The least share of an object's rectangle that lies on the canvas under nothing else's."""
_TRIES = 30
"""How often hidden objects of a scene are placed again before all of it is."""
_CANVAS = Box(0, 0, CANVAS_WIDTH, CANVAS_HEIGHT)
_POSITIONS = {label: position for position, label in enumerate(PARK_LABELS)}


@dataclass(frozen=True)
class Family:
    """An original, what is removed by each of its edits (a position among the labels), and its placebo."""

    original: str  # all three as scene strings
    edits: tuple[tuple[int, str], ...]
    placebo: str


def sample_family(seed: int, split: str, index: int) -> Family:
    """One original with one to three edits and a placebo."""
    dice = Dice(generator(seed, "park-labels", split, index))
    scene = _seen_scene(dice)
    present = [label for label in PARK_LABELS if any(each.label == label for each in scene)]
    count = min(1 + dice.below(MOST_EDITS), len(present))
    removed = sorted(dice.shuffled(present)[:count])
    edits = [(_POSITIONS[label], tuple(each for each in scene if each.label != label)) for label in removed]
    return Family(
        format_scene(scene),
        tuple((position, format_scene(rest)) for position, rest in edits),
        format_scene(_moved(dice, scene)),
    )


def labels_in(scene: Sequence[Clip]) -> tuple[int, ...]:
    """The positions of the labels that are there."""
    return tuple(sorted({_POSITIONS[each.label] for each in scene if each.label in _POSITIONS}))


def hidden_in(scene: Sequence[Clip]) -> list[int]:
    """The places in a scene of labelled objects too little of which can be seen; rectangles stand for shapes."""
    return [
        index for index, each in enumerate(scene) if each.label in _POSITIONS and _sight(each, scene) < SEEN
    ]


def _sight(one: Clip, scene: Sequence[Clip]) -> float:
    box = box_of(one)
    hidden = sum(overlap(box, box_of(other)) for other in scene if other is not one and covers(other, one))
    return (overlap(box, _CANVAS) - hidden) / box.area


def _seen_scene(dice: Dice) -> tuple[Clip, ...]:
    """What is hidden is placed again; where that does not help for long, the whole scene is."""
    labels = company(dice)
    while True:
        scene = scene_of(dice, labels)
        for _ in range(_TRIES):
            hidden = hidden_in(scene)
            if not hidden:
                return scene
            index = hidden[0]
            scene = (*scene[:index], placed_again(dice, scene, index), *scene[index + 1 :])


def _moved(dice: Dice, scene: tuple[Clip, ...]) -> tuple[Clip, ...]:
    while True:
        index = dice.below(len(scene))
        moved = placed_again(dice, scene, index)
        changed = (*scene[:index], moved, *scene[index + 1 :])
        if moved != scene[index] and not hidden_in(changed):
            return changed
