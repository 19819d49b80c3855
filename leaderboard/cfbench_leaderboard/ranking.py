"""Ranks that say what the intervals can tell apart.

Numbers of different submissions stand here without their evidence, so the test is unpaired: both are taken as normal,
with the standard error that the 95 % interval implies; Holm over all pairs. Without an interval a number is told apart
from none. A paired test on evidence, as ``cfbench compare`` does it, tells more apart.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cfbench.statistics.ties import tie_groups

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cfbench.statistics.ties import TieGroups

TESTED = 50
"""So many of the best are tested against each other; a pair of those below is no finding that anybody asks for."""
METHOD = (
    "Unpaired, from the 95 % intervals, taken as normal; Holm over all pairs, 5 %; the best "
    f"{TESTED} are tested. Submissions of one group cannot be told apart."
)
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Candidate:
    """A submission that may be ranked."""

    id: str
    value: float
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class Ranking:
    """Names from best to worst, equal ones by name. Few objects, however many names: rankings are kept by the hundred."""

    names: tuple[str, ...]
    merits: array[float]
    """The number of each name, turned so that less is better."""

    def rank(self, place: int) -> int:
        """Of the name at a place: 1 + how many are better."""
        return 1 + bisect_left(self.merits, self.merits[place])

    def changed(self, without: Collection[str], values: Mapping[str, float], *, sign: float) -> Ranking:
        """The same with some names taken out, and then some put in."""
        names, merits = list(self.names), self.merits[:]
        gone = set(without)
        for place in [place for place, name in enumerate(names) if name in gone][::-1]:
            del names[place], merits[place]
        for name, value in values.items():
            merit = sign * value
            equal = bisect_left(merits, merit), bisect_right(merits, merit)
            place = bisect_left(names, name, *equal)
            names.insert(place, name)
            merits.insert(place, merit)
        return Ranking(tuple(names), merits)


def in_order(values: Mapping[str, float], *, higher_is_better: bool) -> Ranking:
    """The names in their order."""
    sign = -1.0 if higher_is_better else 1.0
    ordered = sorted((sign * value, name) for name, value in values.items())
    return Ranking(tuple(name for _, name in ordered), array("d", [merit for merit, _ in ordered]))


@lru_cache(maxsize=200)
def ties(best: tuple[Candidate, ...], *, higher_is_better: bool) -> TieGroups:
    """The tie groups of the best, and how far up and down the rank of each may lie among them."""
    known = {one.id: one for one in best}
    return tie_groups(
        list(known),
        [one.value for one in best],
        lambda one, other: _p_value(known[one], known[other]),
        higher_is_better=higher_is_better,
    )


def _p_value(one: Candidate, other: Candidate) -> float | None:
    errors = [_standard_error(one), _standard_error(other)]
    if errors[0] is None or errors[1] is None:
        return None
    together = math.hypot(errors[0], errors[1])
    difference = abs(one.value - other.value)
    if together == 0:
        return None  # no spread at all says that nothing was resampled, not that the number is certain
    return math.erfc(difference / together / math.sqrt(2))


def _standard_error(one: Candidate) -> float | None:
    if one.ci_low is None or one.ci_high is None:
        return None
    return (one.ci_high - one.ci_low) / (2 * _NORMAL_95)
