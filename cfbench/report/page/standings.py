"""The table of a metric: a row a model, a column a number, and which of them can be told from the best.

A number is only called best where paired tests by sample or, without evidence, intervals of the difference say that
it is better than each other's; those that cannot be told from it are tied with it. What may not be ranked is neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cfbench.report._charts import scale
from cfbench.report._numbers import ABSENT, Figure, arrow, decimals_for
from cfbench.results.signatures import without_n

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfbench.report.page.gathering import Entry, Group
    from cfbench.report.page.pairwise import Pairwise
    from cfbench.results.schema import Score

BAR = 100.0  # width of the interval bars, units
BEST, TIED = "best", "tied"


@dataclass(frozen=True)
class Cell:
    """A number in the table. ``anchor`` is where the page says how it was made; places are those of the bar."""

    value: str
    interval: str
    anchor: str
    at: float | None = None
    low: float | None = None
    high: float | None = None
    standing: str = ""
    reason: str = ""


@dataclass(frozen=True)
class NumberColumn:
    """A number of the metric."""

    name: str
    arrow: str
    better: str


@dataclass(frozen=True)
class Standing:
    """The table of one metric under one signature."""

    metric: str
    signature: str
    columns: tuple[NumberColumn, ...]
    rows: tuple[tuple[Entry, tuple[Cell | None, ...]], ...]
    judged: tuple[str, ...]
    """How the best was found, and what was wanting, a sentence each."""


def wanted(metrics: Sequence[str]) -> Callable[[Score], bool]:
    """Which numbers of the whole split are shown: the main ones, or those of the named metrics."""

    def keep(score: Score) -> bool:
        if score.slice != "all":
            return False
        named = {score.metric, f"{score.metric}/{score.name}"}
        return bool(named & set(metrics)) if metrics else not score.detail

    return keep


def standings(group: Group, metrics: Sequence[str], pairwise: Pairwise) -> list[Standing]:
    """A table for each metric and signature that the group has."""
    keep = wanted(metrics)
    found: dict[tuple[str, str], dict[str, dict[str, tuple[int, Score]]]] = {}
    for entry in group.entries:
        for index, score in enumerate(entry.result.scores):
            if keep(score):
                numbers = found.setdefault((score.metric, without_n(score.signature)), {})
                numbers.setdefault(score.name, {})[entry.anchor] = index, score
    return [
        _standing(group, metric, signature, numbers, pairwise)
        for (metric, signature), numbers in found.items()
    ]


def _standing(
    group: Group,
    metric: str,
    signature: str,
    numbers: dict[str, dict[str, tuple[int, Score]]],
    pairwise: Pairwise,
) -> Standing:
    entries = [entry for entry in group.entries if any(entry.anchor in by for by in numbers.values())]
    columns, cells = [], []
    judged: list[str] = []
    for name, by_entry in numbers.items():
        scores = {anchor: score for anchor, (_, score) in by_entry.items()}
        higher = next(iter(scores.values())).higher_is_better
        columns.append(NumberColumn(name, arrow(higher), "higher is better" if higher else "lower is better"))
        column = _column(by_entry)
        verdict = pairwise.against_the_best(signature, name, entries)
        judged += verdict.remarks
        for anchor, standing in verdict.standing.items():
            column[anchor] = replace(column[anchor], standing=standing)
        cells.append(column)
    rows = tuple((entry, tuple(column.get(entry.anchor) for column in cells)) for entry in entries)
    return Standing(metric, signature, tuple(columns), rows, tuple(dict.fromkeys(judged)))


def _column(by_entry: dict[str, tuple[int, Score]]) -> dict[str, Cell]:
    figures = {anchor: Figure.of(score) for anchor, (_, score) in by_entry.items()}
    known = [figure for figure in figures.values() if figure.value is not None]
    decimals = decimals_for(figures.values())
    low, high = scale(known)[:2] if known else (0.0, 1.0)

    def place(value: float | None) -> float | None:
        return None if value is None else round((value - low) / (high - low) * BAR, 1)

    return {
        anchor: Cell(
            value=figures[anchor].value_text(decimals) if score.value is not None else ABSENT,
            interval=figures[anchor].interval_text(decimals),
            anchor=f"{anchor}-{index}",
            at=place(score.value),
            low=place(score.ci_low),
            high=place(score.ci_high),
            reason=score.reason or "",
        )
        for anchor, (index, score) in by_entry.items()
    }
