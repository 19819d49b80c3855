"""A board as its template reads it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cfbench.datasets import dataset_class
from cfbench.errors import CfbenchError
from cfbench.plugins import plugins
from cfbench.report._charts import scale
from cfbench.report._numbers import ABSENT, Figure, arrow, better, decimals_for
from cfbench.report.page.standings import BAR
from cfbench_leaderboard.answers import RUNGS, MeasureAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench_leaderboard.answers import BoardAnswer, Entry, Number, SubmissionHead

MOST_COLUMNS = 20


@dataclass(frozen=True)
class Cell:
    """A number; places are those of the bar."""

    value: str
    exact: str
    interval: str
    at: float | None
    low: float | None
    high: float | None
    reason: str
    rescored: bool


@dataclass(frozen=True)
class Column:
    """Numbers that may be compared. ``by``: the board is ranked by it; ``mark`` tells it from others of its name."""

    measure: MeasureAnswer
    name: str
    by: bool
    mark: str

    @property
    def higher_is_better(self) -> bool:
        """The direction."""
        return self.measure.higher_is_better

    @property
    def arrow(self) -> str:
        """The direction as an arrow."""
        return arrow(self.higher_is_better)

    @property
    def better(self) -> str:
        """The direction in a word."""
        return better(self.higher_is_better)


@dataclass(frozen=True)
class Row:
    """A submission on the board. Without ``position`` it is not ranked."""

    head: SubmissionHead
    rank: str
    position: str
    rung: int
    cells: tuple[Cell | None, ...]


def rows_of(entries: Sequence[Entry], by: MeasureAnswer | None) -> tuple[list[Column], list[Row], int]:
    """The columns, the rows, and how many columns are left out; ``by``: what the board is ranked by."""
    found: Counter[tuple[str, str]] = Counter()
    measures: dict[tuple[str, str], MeasureAnswer] = {}
    for entry in entries:
        for number in entry.scores:
            measure = measure_of(number)
            measures[_key(measure)] = measure
            found[_key(measure)] += 1
    ranked_by = _key(by) if by else None
    order = sorted(found, key=lambda key: (key != ranked_by, -found[key], key))[:MOST_COLUMNS]
    order.sort(key=lambda key: (key != ranked_by, key))
    names = Counter(name_of(measures[key]) for key in order)
    marks: Counter[str] = Counter()
    columns = []
    for key in order:
        name = name_of(measures[key])
        marks[name] += 1
        mark = f"({marks[name]})" if names[name] > 1 else ""
        columns.append(Column(measures[key], name, key == ranked_by, mark))
    cells = [_cells(entries, key) for key in order]
    rows = [
        Row(
            head=entry.submission,
            rank=rank_text(entry),
            position="" if entry.rank is None else str(position),
            rung=RUNGS.index(entry.submission.rung),
            cells=tuple(column[position] for column in cells),
        )
        for position, entry in enumerate(entries)
    ]
    return columns, rows, len(found) - len(order)


@cache
def twin_of(dataset: str) -> str | None:
    """The data set that an embedded one stands in for; None of others, and of what is not installed here."""
    try:
        return dataset_class(dataset).twin_of if dataset in plugins("datasets") else None
    except CfbenchError:
        return None


def groups_of(answer: BoardAnswer) -> list[list[str]]:
    """The names of those on the page that cannot be told apart."""
    names = {entry.submission.id: entry.submission.model or entry.submission.id for entry in answer.entries}
    groups = [[names[one] for one in group if one in names] for group in answer.groups]
    return [group for group in groups if len(group) > 1]


def rank_text(entry: Entry) -> str:
    """``1–3`` where the tests leave that open."""
    if entry.rank is None:
        return ABSENT
    if entry.best_rank is None or entry.best_rank == entry.worst_rank:
        return str(entry.rank if entry.best_rank is None else entry.best_rank)
    return f"{entry.best_rank}–{entry.worst_rank}"


def name_of(measure: MeasureAnswer) -> str:
    """``relsim/edge_accuracy``; a metric of one name by itself; with the slice where it is not all."""
    metric, name, cut = measure.address.split("/", 2)
    short = metric if metric == name else f"{metric}/{name}"
    return short if cut == "all" else f"{short}, {cut}"


def measure_of(number: Number) -> MeasureAnswer:
    """What a number measures."""
    return MeasureAnswer(
        address=f"{number.metric}/{number.name}/{number.slice}",
        signature=number.signature,
        higher_is_better=number.higher_is_better,
    )


def _cells(entries: Sequence[Entry], key: tuple[str, str]) -> list[Cell | None]:
    numbers = [
        next((number for number in entry.scores if _key(measure_of(number)) == key), None)
        for entry in entries
    ]
    figures = [figure_of(number) for number in numbers if number is not None]
    known = [figure for figure in figures if figure.value is not None]
    decimals = decimals_for(figures)
    low, high = scale(known)[:2] if known else (0.0, 1.0)

    def place(value: float | None) -> float | None:
        return None if value is None else round((value - low) / (high - low) * BAR, 1)

    return [
        None
        if number is None
        else Cell(
            value=figure_of(number).value_text(decimals),
            exact="" if number.value is None else repr(number.value),
            interval=figure_of(number).interval_text(decimals) if number.value is not None else "",
            at=place(number.value),
            low=place(number.ci_low),
            high=place(number.ci_high),
            reason=number.reason or "",
            rescored=number.origin == "re-scored",
        )
        for number in numbers
    ]


def figure_of(number: Number) -> Figure:
    """The figure of a number."""
    return Figure(number.value, number.ci_low, number.ci_high)


def _key(measure: MeasureAnswer) -> tuple[str, str]:
    return measure.address, measure.signature
