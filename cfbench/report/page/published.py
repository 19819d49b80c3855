"""What papers printed, beside what was measured here.

A published table is shown where its methods are models of a group and its data set is the group's, or the official
one that the group's twin stands in for. Numbers are brought to cfbench's unit, fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.published import table
from cfbench.report._charts import SHARE, WHOLE
from cfbench.report._numbers import ABSENT, Figure, fixed
from cfbench.results.signatures import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfbench.published import Table
    from cfbench.report.page.gathering import Entry, Group
    from cfbench.results.schema import Score

UNASKED = ("sscr/table2", "sscr/table3")
"""Tables of models trained on the whole training data, as bundled ones are; others are shown when named."""
NUMBERS = {
    "precision": ("objects", "precision", 100.0),
    "recall": ("objects", "recall", 100.0),
    "f1": ("objects", "f1_harmonic", 100.0),
    "relsim": ("relsim", "relsim", 100.0),
    "bleu": ("bleu", "bleu", 100.0),
    "ppl": ("perplexity", "cross_entropy", 1.0),
}
"""By the column of a published table: the metric and number of cfbench, and what to divide the printed one by."""
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
    found = [_beside(group, table(name)) for name in names or UNASKED]
    return [one for one in found if one.rows]


def _beside(group: Group, published: Table) -> Beside:
    data = group.first.dataset
    official = data.twin_of or data.name
    rows = [row for key in published.rows(official) for row in _rows(group, published, key, official)]
    paper = published.paper
    notes = [f"{paper.authors} {paper.year or ''}, {published.source}".strip(), *published.notes]
    if data.twin_of is not None:
        notes.insert(
            0,
            f"published numbers are of {official}, measured ones of its embedded twin {data.name}: "
            "levels of the two cannot be compared",
        )
    return Beside(f"{published.title} ({published.name})", tuple(rows), tuple(notes))


def _rows(group: Group, published: Table, key: str, official: str) -> Iterator[BesideRow]:
    for entry in group.entries:
        if _key(entry) != (key if "@" in key else f"{key}@{WHOLE}"):
            continue
        for column in published.columns(official):
            value = published.value(key, column, official)
            if value is None or column not in NUMBERS:
                continue
            metric, name, divisor = NUMBERS[column]
            for index, score in _measured(entry, metric, name):
                yield _row(entry, index, score, fixed(value / divisor, DECIMALS))


def _key(entry: Entry) -> str:
    """The model as published tables call it: ``geneva@50`` for ``geneva-train-50``."""
    name = entry.result.model.name
    match = SHARE.search(name)
    return f"{SHARE.sub('', name)}@{(match.group(1) or match.group(2)) if match else WHOLE}"


def _measured(entry: Entry, metric: str, name: str) -> Iterator[tuple[int, Score]]:
    for index, score in enumerate(entry.result.scores):
        if (score.metric, score.name, score.slice) == (metric, name, "all"):
            yield index, score


def _row(entry: Entry, index: int, score: Score, published: str) -> BesideRow:
    figure = Figure.of(score)
    protocol = part_of(score.signature, "proto")
    shown = f" ({protocol})" if protocol not in {"", "default"} else ""
    return BesideRow(
        method=entry.signed,
        number=f"{score.metric}/{score.name}{shown}",
        published=published,
        measured=figure.value_text(DECIMALS) if score.value is not None else ABSENT,
        interval=figure.interval_text(DECIMALS),
        anchor=f"{entry.anchor}-{index}",
    )
