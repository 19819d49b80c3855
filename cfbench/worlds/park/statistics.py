"""The measured statistics that scenes and dialogues are sampled from (``statistics.json``).

What each field means stands in ``cfbench/datasets/codraw/measuring.py``, which measured it.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cfbench.worlds.park.classes import CLASS_NAMES

if TYPE_CHECKING:
    from cfbench.worlds.dice import Dice

_PULL = 0.8  # how much of a measured lift is applied: with all of it, chains of lifts overshoot
LEVELS = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98)


@dataclass(frozen=True)
class Quantiles:
    """The values of a measured quantity at :data:`LEVELS`."""

    values: tuple[int, ...]

    def sample(self, dice: Dice) -> float:
        """A value, linear between the levels and nothing beyond the outermost two."""
        place = dice.uniform()
        i = min(max(bisect_right(LEVELS, place), 1), len(LEVELS) - 1)
        share = (place - LEVELS[i - 1]) / (LEVELS[i] - LEVELS[i - 1])
        low, high = self.values[i - 1], self.values[i]
        return low + (high - low) * min(max(share, 0.0), 1.0)


@dataclass(frozen=True)
class Attachment:
    """How a class goes with a person: how often, and where, at the person's scale."""

    share: float
    same_depth: float
    same_flip: float
    dx: Quantiles
    dy: Quantiles


@dataclass(frozen=True)
class Statistics:
    """All of ``statistics.json``, typed; sequences over classes are indexed by label."""

    turns: tuple[tuple[int, ...], ...]
    people: tuple[int, ...]
    facing: tuple[int, ...]
    odds: tuple[float, ...]
    lift: tuple[tuple[float, ...], ...]
    depths: tuple[tuple[int, ...], ...]
    flips: tuple[float, ...]
    looks: tuple[tuple[int, ...], ...]
    free: tuple[tuple[tuple[Quantiles, Quantiles], ...], ...]
    held: tuple[Attachment | None, ...]
    ranks: tuple[float, ...]
    corrections: dict[str, float]
    shifts: Quantiles
    extents: tuple[tuple[int, int] | None, ...]
    people_extents: tuple[tuple[tuple[int, int], ...], ...]


@lru_cache(maxsize=1)
def statistics() -> Statistics:
    """The embedded statistics, read once."""
    text = files("cfbench.worlds.park").joinpath("statistics.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    presence = [count / table["scenes"] for count in table["presence"]]
    corrections = dict(table["corrections"])
    return Statistics(
        turns=_rows(table["turns"]),
        people=tuple(table["people"]),
        facing=tuple(table["facing"]),
        odds=tuple(share / (1 - share) for share in presence),
        lift=_lift(presence, table["pairs"], table["scenes"]),
        depths=_rows(table["depths"]),
        flips=tuple(table["flips"]),
        looks=_rows(table["looks"]),
        free=tuple(
            tuple((Quantiles(tuple(x)), Quantiles(tuple(y))) for x, y in depths) for depths in table["free"]
        ),
        held=tuple(None if row is None else _attachment(row) for row in table["held"]),
        ranks=tuple(table["ranks"]),
        shifts=Quantiles(tuple(corrections.pop("shifts"))),
        corrections=corrections,
        extents=tuple(None if size is None else (size[0], size[1]) for size in table["extents"]),
        people_extents=tuple(tuple((w, h) for w, h in sizes) for sizes in table["people_extents"]),
    )


def _rows(rows: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _attachment(row: list[Any]) -> Attachment:
    share, same_depth, same_flip, dx, dy = row
    return Attachment(share, same_depth, same_flip, Quantiles(tuple(dx)), Quantiles(tuple(dy)))


def _lift(presence: list[float], pairs: list[int], scenes: int) -> tuple[tuple[float, ...], ...]:
    """How many times more often than by chance two classes share a scene; small counts count less."""
    size = len(CLASS_NAMES)
    table = [[1.0] * size for _ in range(size)]
    found = iter(pairs)
    for a in range(size):
        for b in range(a + 1, size):
            expected = presence[a] * presence[b] * scenes
            table[a][b] = table[b][a] = ((next(found) + 5.0) / (expected + 5.0)) ** _PULL
    return tuple(tuple(row) for row in table)
