"""Ranks that say what the intervals can tell apart.

Numbers of different submissions stand here without their evidence, so the test is unpaired: both are taken as normal,
with the standard error that the 95 % interval implies; Holm over all pairs. Without an interval a number is told apart
from none. A paired test on evidence, as ``cfbench compare`` does it, tells more apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.statistics.ties import tie_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

TESTED = 100
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
class Place:
    """Where it stands; the ends of its rank's interval are None where it was not tested."""

    id: str
    rank: int
    best_rank: int | None
    worst_rank: int | None


def rank(
    candidates: Sequence[Candidate], *, higher_is_better: bool
) -> tuple[list[Place], tuple[tuple[str, ...], ...]]:
    """Places from best to worst, and groups of ties among those that are tested."""
    sign = -1.0 if higher_is_better else 1.0
    ordered = sorted(candidates, key=lambda one: (sign * one.value, one.id))
    tested = {one.id: one for one in ordered[:TESTED]}
    ties = tie_groups(
        list(tested),
        [one.value for one in tested.values()],
        lambda one, other: _p_value(tested[one], tested[other]),
        higher_is_better=higher_is_better,
    )
    ends = {each.name: each for each in ties.ranked}
    places: list[Place] = []
    for position, one in enumerate(ordered):
        same = position > 0 and ordered[position - 1].value == one.value
        place = places[-1].rank if same else position + 1
        found = ends.get(one.id)
        # Below the tested ones nobody knows where the worst of them may end: the last of those tested is a lower bound.
        places.append(
            Place(one.id, place, found.best_rank if found else None, found.worst_rank if found else None)
        )
    return places, ties.groups


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
