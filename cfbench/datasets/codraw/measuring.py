"""Measures what the park's scenes are sampled from: ``cfbench/worlds/park/statistics.json``.

Statistics only, of the merged turns of CoDraw's training dialogues: counts, shares and quantiles. No
scene and no text of CoDraw is in them. A test measures again and compares.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.worlds.park import classes
from cfbench.worlds.park.statistics import LEVELS
from cfbench.worlds.park.strings import DEPTH_SCALES, Clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfbench.datasets.codraw.merging import Turn

SIZES = range(3, 11)
FEW = 25  # fewer samples than this give no quantiles of their own
NEAR = (100.0, 110.0)  # a smaller thing this close to a person, at the person's scale, goes with the person
MOVED = 20.0  # pixels; less is a drawer's unsteady hand

Row = list[Any]


def measure(dialogues: Iterable[Sequence[Turn]]) -> dict[str, Any]:
    """The statistics of dialogues, each a sequence of turns, as a JSON value."""
    turns = [dialogue for dialogue in dialogues if dialogue]
    scenes = [dialogue[-1].canvas for dialogue in turns]
    by_class: dict[int, list[Clip]] = {label: [] for label in range(len(classes.CLASS_NAMES))}
    for scene in scenes:
        for clip in scene:
            by_class[clip.label].append(clip)
    pairs = Counter(pair for scene in scenes for pair in _pairs(sorted(clip.label for clip in scene)))
    held, free = _attached(scenes)
    return {
        "turns": _turn_counts(turns),
        "people": _people(scenes),
        "facing": _facing(scenes),
        "presence": [len(clips) for clips in by_class.values()],
        "scenes": len(scenes),
        "pairs": [pairs[pair] for pair in _pairs(range(len(by_class)))],
        "depths": [_tally((clip.depth for clip in clips), 3) for clips in by_class.values()],
        "flips": [_share([clip.flip for clip in clips]) for clips in by_class.values()],
        "looks": [_tally((c.variant for c in by_class[label]), 35) for label in (18, 19)],
        "free": [_places(clips) for clips in free],
        "held": held,
        "ranks": _ranks(turns),
        "corrections": _corrections(turns),
    }


def _pairs(labels: Sequence[int]) -> list[tuple[int, int]]:
    return [(a, b) for i, a in enumerate(labels) for b in labels[i + 1 :]]


def _tally(values: Iterable[int], size: int) -> list[int]:
    counts = Counter(values)
    return [counts[value] for value in range(size)]


def _share(values: Sequence[bool]) -> float:
    return round(float(np.mean(values)), 3) if values else 0.0


def _levels(values: Sequence[float]) -> list[int]:
    return [round(float(value)) for value in np.quantile(values, LEVELS)]


def _turn_counts(turns: Sequence[Sequence[Turn]]) -> list[Row]:
    """How many dialogues end with 3, 4, … 10 objects after 1, 2, … 10 turns."""
    counts = Counter((len(dialogue[-1].canvas), len(dialogue)) for dialogue in turns)
    return [[counts[size, length] for length in range(1, 11)] for size in SIZES]


def _people(scenes: Sequence[Sequence[Clip]]) -> list[int]:
    """Scenes with nobody, the boy alone, the girl alone, both."""
    kinds = ({clip.kind for clip in scene} for scene in scenes)
    return _tally(((classes.BOY in k) + 2 * (classes.GIRL in k) for k in kinds), 4)


def _facing(scenes: Sequence[Sequence[Clip]]) -> list[int]:
    """Which of the two people is mirrored: nobody, the one on the left, the one on the right, both."""
    codes = []
    for scene in scenes:
        people = sorted((c for c in scene if classes.is_person(c.kind)), key=lambda c: (c.x, c.kind))
        if len(people) == 2:
            codes.append(people[0].flip + 2 * people[1].flip)
    return _tally(codes, 4)


def _attached(scenes: Sequence[Sequence[Clip]]) -> tuple[list[Row | None], list[list[Clip]]]:
    """For each class what goes with a person, and how; and the clips that stand on their own.

    A row: share (where there are people), share at the person's depth, share mirrored as the person is,
    and the quantiles of the offset, in pixels at scale 1, x mirrored with the person.
    """
    count = len(classes.CLASS_NAMES)
    offsets: list[list[tuple[float, float, bool, bool]]] = [[] for _ in range(count)]
    chances = [0] * count
    free: list[list[Clip]] = [[] for _ in range(count)]
    for scene in scenes:
        people = [clip for clip in scene if classes.is_person(clip.kind)]
        for clip in scene:
            if clip.kind < classes.ANIMAL or not people:
                free[clip.label].append(clip)
                continue
            person = min(people, key=lambda p: (p.x - clip.x) ** 2 + (p.y - clip.y) ** 2)
            scale = DEPTH_SCALES[person.depth]
            dx = (clip.x - person.x) / scale * (-1 if person.flip else 1)
            dy = (clip.y - person.y) / scale
            chances[clip.label] += 1
            if abs(dx) < NEAR[0] and abs(dy) < NEAR[1]:
                same = clip.depth == person.depth, clip.flip == person.flip
                offsets[clip.label].append((dx, dy, *same))
            else:
                free[clip.label].append(clip)
    rows: list[Row | None] = []
    for label, found in enumerate(offsets):
        if len(found) < FEW:
            rows.append(None)
            continue
        share = round(len(found) / chances[label], 3)
        same_depth, same_flip = [row[2] for row in found], [row[3] for row in found]
        across, down = [row[0] for row in found], [row[1] for row in found]
        rows.append([share, _share(same_depth), _share(same_flip), _levels(across), _levels(down)])
    return rows, free


def _places(clips: Sequence[Clip]) -> list[Row]:
    """The quantiles of x and of y at each depth; those of all depths where one has few samples."""
    rows = []
    for depth in range(3):
        there = [clip for clip in clips if clip.depth == depth]
        chosen = there if len(there) >= FEW else clips
        rows.append([_levels([c.x for c in chosen]), _levels([c.y for c in chosen])])
    return rows


def _ranks(turns: Sequence[Sequence[Turn]]) -> list[float]:
    """When in a dialogue (0 to 1) a class is added, on average."""
    times: list[list[float]] = [[] for _ in classes.CLASS_NAMES]
    for dialogue in turns:
        seen: set[int] = set()
        for index, turn in enumerate(dialogue):
            for clip in turn.canvas:
                if clip.label not in seen:
                    times[clip.label].append((index + 0.5) / len(dialogue))
                    seen.add(clip.label)
    return [round(float(np.mean(values)), 3) for values in times]


def _corrections(turns: Sequence[Sequence[Turn]]) -> dict[str, Any]:
    """In which share of the later turns something was moved, resized, mirrored or given another look."""
    shares: Counter[str] = Counter()
    shifts: list[float] = []
    total = 0
    for dialogue in turns:
        for before, after in pairwise(dialogue):
            total += 1
            old = {clip.label: clip for clip in before.canvas}
            kinds = set()
            for clip in after.canvas:
                was = old.get(clip.label)
                if was is None:
                    continue
                shift = float(np.hypot(clip.x - was.x, clip.y - was.y))
                if shift > MOVED:
                    shifts.append(shift)
                    kinds.add("moved")
                kinds |= {"resized"} if clip.depth != was.depth else set()
                kinds |= {"flipped"} if clip.flip != was.flip else set()
                kinds |= {"look"} if clip.variant != was.variant else set()
            shares.update(kinds)
    rates = {kind: round(shares[kind] / total, 4) for kind in ("moved", "resized", "flipped", "look")}
    return rates | {"shifts": _levels(shifts)}
