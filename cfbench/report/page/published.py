"""What papers printed, beside what was measured here.

A published table is shown where its methods are models of a group and its data set is the group's, or the official
one that the group's twin stands in for. Numbers are brought to cfbench's unit, fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.published import table, tables
from cfbench.report._numbers import ABSENT, Figure, fixed
from cfbench.report.page.learned import learned_from
from cfbench.results.signatures import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfbench.published import Table
    from cfbench.report.page.gathering import Entry, Group
    from cfbench.results.schema import Score

DECIMALS = 4


@dataclass(frozen=True)
class BesideRow:
    """One published number, and the measured one where the group has it."""

    method: str
    number: str
    published: str
    measured: str
    interval: str
    anchor: str


@dataclass(frozen=True)
class Beside:
    """A published table with what was measured."""

    title: str
    rows: tuple[BesideRow, ...]
    notes: tuple[str, ...]


def beside(group: Group, names: Sequence[str] = ()) -> list[Beside]:
    """The named tables, or those that suit unasked, as far as the group has models of them.

    Raises:
        UsageError: There is no published table of a name.
    """
    chosen = [table(name) for name in names] or [each for each in tables().values() if each.unasked]
    found = [_beside(group, each) for each in chosen]
    return [one for one in found if one.rows]


def _beside(group: Group, published: Table) -> Beside:
    data = group.first.dataset
    rows = tuple(_rows(group, published, data.twin_of or data.name))
    paper = published.paper
    notes = [f"{paper.authors} {paper.year or ''}, {published.source}".strip(), *published.notes]
    if data.twin_of is not None:
        notes.insert(
            0,
            f"published numbers are of {data.twin_of}, measured ones of its embedded twin {data.name}: "
            "levels of the two cannot be compared",
        )
    return Beside(f"{published.title} ({published.name})", rows, tuple(notes))


def _rows(group: Group, published: Table, official: str) -> Iterator[BesideRow]:
    learned = learned_from(group)
    split = group.first.dataset.split
    for each in published.measured:
        if (each.data, each.split) != (official, split):
            continue
        value = published.value(each.row, each.column, each.dataset)
        for entry in group.entries:
            if value is not None and learned[entry.anchor].key == _whole(each.model):
                for index, score in enumerate(entry.result.scores):
                    if (score.metric, score.name, score.slice) == (each.metric, each.name, each.slice):
                        yield _row(entry, index, score, fixed(value / each.divisor, DECIMALS))


def _whole(model: str) -> str:
    """The model with its share, which is all of the data where none is named."""
    return model if "@" in model else f"{model}@100"


def _row(entry: Entry, index: int, score: Score, published: str) -> BesideRow:
    figure = Figure.of(score)
    protocol = part_of(score.signature, "proto")
    shown = f" ({protocol})" if protocol not in {"", "default"} else ""
    return BesideRow(
        method=entry.signed,
        number=f"{score.metric}/{score.name}{'' if score.slice == 'all' else f'/{score.slice}'}{shown}",
        published=published,
        measured=figure.value_text(DECIMALS) if score.value is not None else ABSENT,
        interval=figure.interval_text(DECIMALS),
        anchor=f"{entry.anchor}-{index}",
    )
