"""How a drawer comes to a scene: which objects join in which turn, and what is put right on the way.

A correction is planned backwards: the object ends as the scene has it, and until its correction stands
somewhere else, or in another size, mirrored, or with another look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cfbench.worlds.park import classes
from cfbench.worlds.park.dialogue.facts import ONE_SIDED
from cfbench.worlds.park.scenes import SMALLEST, inside
from cfbench.worlds.park.statistics import statistics
from cfbench.worlds.park.strings import CANVAS_HEIGHT, CANVAS_WIDTH, Clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.worlds.dice import Dice

_JITTER = 0.7  # the spread of when a class is added around its measured mean
_BESIDE = 130.0  # pixels within which a small thing belongs to a person and would be left behind
_FARTHEST = 220.0
_DIRECTIONS = (
    (-1, 0),
    (1, 0),
    (0, -1),
    (0, 1),
    (-1, 0),
    (1, 0),
    (-0.7, -0.7),
    (0.7, -0.7),
    (-0.7, 0.7),
    (0.7, 0.7),
)
_MARGIN = 10.0


@dataclass(frozen=True)
class Step:
    """A turn without its words."""

    canvas: tuple[Clip, ...]  # by class
    added: tuple[int, ...]  # classes, in the order they are told
    corrected: tuple[tuple[Clip, Clip], ...]  # before and after


def plan_steps(dice: Dice, scene: Sequence[Clip]) -> list[Step]:
    """The turns that lead to a scene; each adds at least one object, the last ends with the scene."""
    table = statistics()
    length = 1 + dice.weighted(table.turns[len(scene) - SMALLEST])
    groups = _groups(dice, scene, length)
    joined = {clip.label: turn for turn, group in enumerate(groups) for clip in group}
    corrections = _corrections(dice, scene, joined, length)
    steps = []
    for turn, group in enumerate(groups):
        canvas = tuple(
            corrections[c.label][1] if c.label in corrections and turn < corrections[c.label][0] else c
            for c in scene
            if joined[c.label] <= turn
        )
        corrected = tuple(
            (before, next(c for c in scene if c.label == label))
            for label, (when, before) in corrections.items()
            if when == turn
        )
        steps.append(Step(canvas, tuple(clip.label for clip in group), corrected))
    return steps


def _groups(dice: Dice, scene: Sequence[Clip], length: int) -> list[list[Clip]]:
    ranks = statistics().ranks
    order = sorted(scene, key=lambda clip: ranks[clip.label] + _JITTER * (dice.uniform() - 0.5))
    cuts = sorted(dice.shuffled(range(1, len(order)))[: length - 1])
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def _corrections(
    dice: Dice, scene: Sequence[Clip], joined: dict[int, int], length: int
) -> dict[int, tuple[int, Clip]]:
    """For each corrected class the turn of its correction, and what it was before."""
    found: dict[int, tuple[int, Clip]] = {}
    for turn in range(1, length):
        there = [clip for clip in scene if joined[clip.label] < turn]
        for kind, rate in statistics().corrections.items():
            if not dice.chance(rate):
                continue
            fit = [clip for clip in there if clip.label not in found and _fits(kind, clip, there)]
            if not fit:
                continue
            clip = dice.pick(fit)
            before = _spoil(dice, kind, clip)
            if before is not None:
                found[clip.label] = (turn, before)
    return found


def _fits(kind: str, clip: Clip, there: Sequence[Clip]) -> bool:
    """Whether this change would show, and would leave nothing behind that belongs to a person."""
    if kind == "flipped":
        return clip.label in ONE_SIDED
    if kind == "look":
        return classes.is_person(clip.kind)
    return not _has_company(clip, there)


def _has_company(clip: Clip, there: Sequence[Clip]) -> bool:
    return classes.is_person(clip.kind) and any(
        other.kind >= classes.CLOTHING and abs(other.x - clip.x) < _BESIDE and abs(other.y - clip.y) < _BESIDE
        for other in there
    )


def _spoil(dice: Dice, kind: str, clip: Clip) -> Clip | None:
    """The clip as it was before it was put right; None where no place was found for it."""
    if kind == "moved":
        return _elsewhere(dice, clip)
    if kind == "resized":
        return replace(clip, depth=1 if clip.depth != 1 else dice.pick((0, 2)))
    if kind == "flipped":
        return replace(clip, flip=not clip.flip)
    return _other_look(dice, clip)


def _other_look(dice: Dice, clip: Clip) -> Clip:
    pose, mood = divmod(clip.variant, len(classes.EXPRESSIONS))
    if dice.chance(0.5):
        pose = (pose + 1 + dice.below(len(classes.POSES) - 1)) % len(classes.POSES)
    else:
        mood = (mood + 1 + dice.below(len(classes.EXPRESSIONS) - 1)) % len(classes.EXPRESSIONS)
    variant = pose * len(classes.EXPRESSIONS) + mood
    return replace(clip, variant=variant, png=classes.png_name(clip.kind, variant))


def _elsewhere(dice: Dice, clip: Clip) -> Clip | None:
    distance = min(statistics().shifts.sample(dice), _FARTHEST) + 4
    for _ in range(4):
        dx, dy = dice.pick(_DIRECTIONS)
        x, y = clip.x - distance * dx, clip.y - distance * dy
        if _MARGIN <= x <= CANVAS_WIDTH - _MARGIN and _MARGIN <= y <= CANVAS_HEIGHT - _MARGIN:
            return replace(clip, x=inside(x, CANVAS_WIDTH), y=inside(y, CANVAS_HEIGHT))
    return None
