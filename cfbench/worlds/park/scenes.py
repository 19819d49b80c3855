"""Scenes after the statistics of CoDraw's: how many objects, which together, where, how large, which way.

A scene has 3 to 10 objects of 58 classes, no class twice. It is a pure function of (seed, split, index),
its coordinates whole pixels inside the canvas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.randomness import generator
from cfbench.worlds.dice import Dice
from cfbench.worlds.park import classes
from cfbench.worlds.park.geometry import box_of, overlap
from cfbench.worlds.park.statistics import Attachment, Statistics, statistics
from cfbench.worlds.park.strings import CANVAS_HEIGHT, CANVAS_WIDTH, DEPTH_SCALES, Clip, clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SMALLEST, LARGEST = 3, 10

_HATS = range(26, 34)
_GLASSES = range(34, 36)
_HEAD = 50.0  # pixels from a person within which something worn is that person's
_APART = 90.0  # pixels between the boy and the girl
_MORE_TRIES = 2  # other places looked at where an object of its own would overlap something
_SHY = 0.8  # how often any are

# How much likelier an object has the depth of a person, of the other person, or of one of its own kind.
# Fitted, as _SHY and _MORE_TRIES are, so that twin and CoDraw agree (tests/worlds/test_park_scenes.py).
_COMPANY, _COUPLE, _KIN = 2.4, 14.0, 1.8
_PEOPLE_DEPTHS = (0.78, 0.16, 0.06)


def sample_scene(seed: int, split: str, index: int) -> tuple[Clip, ...]:
    """The final clips of one scene, by class."""
    dice = Dice(generator(seed, "park-scene", split, index))
    table = statistics()
    size = SMALLEST + dice.weighted([sum(row) for row in table.turns])
    people = dice.weighted(table.people)
    present = [kind for bit, kind in ((1, classes.BOY), (2, classes.GIRL)) if people & bit]
    placed = _place_people(dice, table, present)
    return _furnish(dice, table, placed, _choose_others(dice, table, [each.label for each in placed], size))


def scene_of(dice: Dice, labels: Iterable[int]) -> tuple[Clip, ...]:
    """A scene of just these classes, placed as in any other, by class."""
    table, wanted = statistics(), set(labels)
    people = [kind for kind in (classes.BOY, classes.GIRL) if classes.KIND_OFFSETS[kind] in wanted]
    others = sorted(wanted - {classes.KIND_OFFSETS[kind] for kind in people})
    return _furnish(dice, table, _place_people(dice, table, people), others)


def placed_again(dice: Dice, scene: Sequence[Clip], index: int) -> Clip:
    """Another place (and depth, and side) for an object; another look for a person, who stays."""
    old, table = scene[index], statistics()
    if classes.is_person(old.kind):
        looks = [float(weight) for weight in table.looks[old.kind - classes.BOY]]
        looks[old.variant] = 0.0
        return clip(old.kind, dice.weighted(looks), old.x, old.y, old.depth, flip=old.flip)
    return _place(dice, table, old.label, [*scene[:index], *scene[index + 1 :]])


def _furnish(dice: Dice, table: Statistics, placed: list[Clip], labels: list[int]) -> tuple[Clip, ...]:
    """People and then these classes, each where it goes with those before it."""
    for label in labels:
        placed.append(_place(dice, table, label, placed))
    return tuple(sorted(placed, key=lambda each: each.label))


def inside(value: float, size: int) -> float:
    """The nearest whole pixel inside the canvas."""
    return float(min(max(round(value), 0), size))


def _choose_others(dice: Dice, table: Statistics, chosen: list[int], size: int) -> list[int]:
    """Classes that join ``chosen``, each drawn by its odds and by how it goes with those before it."""
    weights = list(table.odds)
    weights[18] = weights[19] = 0.0
    found: list[int] = []
    for label in chosen:
        _pull(weights, table.lift[label])
    while len(chosen) + len(found) < size:
        label = dice.weighted(weights)
        found.append(label)
        weights[label] = 0.0
        _pull(weights, table.lift[label])
    return sorted(found)


def _pull(weights: list[float], lift: tuple[float, ...]) -> None:
    for label, factor in enumerate(lift):
        weights[label] *= factor


def _place_people(dice: Dice, table: Statistics, kinds: list[int]) -> list[Clip]:
    people: list[Clip] = []
    for kind in kinds:
        look = dice.weighted(table.looks[kind - classes.BOY])
        label = classes.class_of(kind, look)
        depth = _depth(dice, table, label, people)
        x, y = _free_place(dice, table, label, depth)
        while any(abs(x - other.x) < _APART for other in people):
            x, y = _free_place(dice, table, label, depth)
        people.append(clip(kind, look, x, y, depth, flip=dice.chance(table.flips[label])))
    if len(people) == 2:
        code = dice.weighted(table.facing)
        left, right = sorted(people, key=lambda each: each.x)
        flips = {left.kind: bool(code & 1), right.kind: bool(code & 2)}
        people = [clip(p.kind, p.variant, p.x, p.y, p.depth, flip=flips[p.kind]) for p in people]
    return people


def _place(dice: Dice, table: Statistics, label: int, placed: list[Clip]) -> Clip:
    kind = classes.kind_of(label)
    variant = label - classes.KIND_OFFSETS[kind]
    how = table.held[label]
    people = [each for each in placed if classes.is_person(each.kind) and _has_room(each, label, placed)]
    if how is not None and people and dice.chance(how.share):
        return _attach(dice, how, kind, variant, dice.pick(people))
    depth = _depth(dice, table, label, placed)
    flip = dice.chance(table.flips[label])
    boxes = [box_of(other) for other in placed]
    found = clip(kind, variant, *_free_place(dice, table, label, depth), depth, flip=flip)
    for _ in range(_MORE_TRIES if dice.chance(_SHY) else 0):
        box = box_of(found)
        if not any(overlap(box, other) for other in boxes):
            break
        found = clip(kind, variant, *_free_place(dice, table, label, depth), depth, flip=flip)
    return found


def _depth(dice: Dice, table: Statistics, label: int, placed: list[Clip]) -> int:
    """A depth for a class, after the measured shares and the depths of those it is with."""
    weights = [float(count) for count in table.depths[label]]
    kind = classes.kind_of(label)
    person = next((each for each in placed if classes.is_person(each.kind)), None)
    if person is not None:
        pull = _COUPLE if classes.is_person(kind) else _COMPANY
        # The divisor keeps the shares of the class what they are on average.
        weights = [w / (1 + (pull - 1) * p) for w, p in zip(weights, _PEOPLE_DEPTHS, strict=True)]
        weights[person.depth] *= pull
    kin = next((each for each in reversed(placed) if each.kind == kind), None)
    if kin is not None:
        weights[kin.depth] *= _KIN
    return dice.weighted(weights)


def _has_room(person: Clip, label: int, placed: list[Clip]) -> bool:
    """One hat and one pair of glasses a person."""
    worn = next((group for group in (_HATS, _GLASSES) if label in group), None)
    if worn is None:
        return True
    return not any(other.label in worn and abs(other.x - person.x) < _HEAD for other in placed)


def _attach(dice: Dice, how: Attachment, kind: int, variant: int, person: Clip) -> Clip:
    scale = DEPTH_SCALES[person.depth]
    mirror = -1 if person.flip else 1
    x = inside(person.x + mirror * scale * how.dx.sample(dice), CANVAS_WIDTH)
    y = inside(person.y + scale * how.dy.sample(dice), CANVAS_HEIGHT)
    depth = person.depth if dice.chance(how.same_depth) else min(person.depth + 1, 2)
    flip = person.flip if dice.chance(how.same_flip) else not person.flip
    return clip(kind, variant, x, y, depth, flip=flip)


def _free_place(dice: Dice, table: Statistics, label: int, depth: int) -> tuple[float, float]:
    across, down = table.free[label][depth]
    return inside(across.sample(dice), CANVAS_WIDTH), inside(down.sample(dice), CANVAS_HEIGHT)
