"""Ranks that say what the tests can tell apart.

A model is significantly better than another if its score is better and the p-value of the pair is at most alpha.
Neither is where a pair has no p-value or equal scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError, UsageError
from cfbench.statistics.multiple import holm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    PairTest = Callable[[str, str], float | None]
    Matrix = npt.NDArray[Any] | Sequence[Sequence[float | None]]


@dataclass(frozen=True)
class Ranked:
    """A model among the others."""

    name: str
    score: float
    rank: int
    """1 + how many have a better score."""
    best_rank: int
    """1 + how many are significantly better."""
    worst_rank: int
    """How many there are, less those that are significantly worse."""


@dataclass(frozen=True)
class TieGroups:
    """The models from best to worst, and which of them cannot be told apart."""

    ranked: tuple[Ranked, ...]
    """By score; equal scores by name."""
    groups: tuple[tuple[str, ...], ...]
    """The longest runs in that order within which no pair is told apart. A model may stand in several."""


def tie_groups(
    names: Sequence[str],
    scores: Sequence[float],
    p_values: PairTest | Matrix,
    *,
    alpha: float = 0.05,
    higher_is_better: bool = True,
    adjust: bool = True,
) -> TieGroups:
    """Rank intervals and tie groups of some models.

    ``p_values`` is a square table in the order of ``names``, equal across its diagonal, which is not read; or a
    function that is asked once for each pair of names. None (or NaN) stands for a pair without a test. ``adjust``
    applies :func:`holm` over the pairs first: then all the distinctions made hold together with 1 - alpha.

    Groups need not part the models: where A is tied with B and B with C, but not A with C, they are (A, B), (B, C).
    """
    _check(names, scores, alpha)
    count = len(names)
    pairs = list(combinations(range(count), 2))
    given = (
        _from_function(names, pairs, p_values) if callable(p_values) else _from_table(pairs, p_values, count)
    )
    adjusted = holm(given) if adjust else given
    sign = 1.0 if higher_is_better else -1.0
    merits = [sign * score for score in scores]
    apart = {
        pair
        for pair, value in zip(pairs, adjusted, strict=True)
        if value is not None and value <= alpha and merits[pair[0]] != merits[pair[1]]
    }
    order = sorted(range(count), key=lambda index: (-merits[index], names[index]))
    ranked = []
    for index in order:
        rivals = [other for pair in apart if index in pair for other in pair if other != index]
        better = sum(merits[other] > merits[index] for other in rivals)
        ranked.append(
            Ranked(
                name=names[index],
                score=float(scores[index]),
                rank=1 + sum(merit > merits[index] for merit in merits),
                best_rank=1 + better,
                worst_rank=count - (len(rivals) - better),
            )
        )
    return TieGroups(
        tuple(ranked), tuple(tuple(names[index] for index in run) for run in _runs(order, apart))
    )


def _runs(order: list[int], apart: set[tuple[int, int]]) -> list[list[int]]:
    """The runs of the order that hold no pair apart and lie in no longer one."""
    runs: list[list[int]] = []
    reached = 0
    for start in range(len(order)):
        end = start + 1
        while end < len(order) and not any(
            (min(order[end], one), max(order[end], one)) in apart for one in order[start:end]
        ):
            end += 1
        if end > reached:
            runs.append(order[start:end])
            reached = end
    return runs


def _check(names: Sequence[str], scores: Sequence[float], alpha: float) -> None:
    if len(names) != len(scores):
        raise DataError("The names and scores do not belong together", f"{len(names)} and {len(scores)}")
    if twice := sorted({name for name in names if list(names).count(name) > 1}):
        raise DataError(f"'{twice[0]}' is named twice", "", "Give each model a name of its own")
    for name, score in zip(names, scores, strict=True):
        if score is None or not math.isfinite(score):
            raise DataError(f"'{name}' cannot be ranked", f"its score is {score}", "Leave it out, and say so")
    if not 0 < alpha < 1:
        raise UsageError(f"{alpha} is no alpha", "it is a probability", "Give one between 0 and 1")


def _from_function(names: Sequence[str], pairs: list[tuple[int, int]], test: PairTest) -> list[float | None]:
    return [_or_none(test(names[one], names[other])) for one, other in pairs]


def _from_table(pairs: list[tuple[int, int]], table: Matrix, count: int) -> list[float | None]:
    if [len(line) for line in table] != [count] * count:
        raise DataError(
            "The p-values are no square table", f"there are {count} names", "Give a line for each name"
        )
    found = []
    for one, other in pairs:
        value = _or_none(table[one][other])
        if value != _or_none(table[other][one]):
            raise DataError(
                "The p-values differ across the diagonal", f"those of models {one + 1} and {other + 1} do"
            )
        found.append(value)
    return found


def _or_none(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
