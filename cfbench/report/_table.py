"""A table before it has a format: what stands in each cell, and what stands below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cfbench.errors import UsageError
from cfbench.report._marks import Mark, marks_of, twin_note
from cfbench.report._numbers import ABSENT, Figure, arrow, better, decimals_for
from cfbench.results.choosing import chooser
from cfbench.results.signatures import without_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfbench.results.schema import Result, Score

Entry = str | int | bool | Figure | None  # None: the result does not have this number; bool: higher is better
Shows = Literal["text", "count", "value", "interval", "both", "direction"]
LONGEST_LIST = 6  # addresses named in one note


@dataclass(frozen=True)
class Column:
    """``shows`` says what of an entry is shown; ``key`` is the name that a machine finds it by."""

    heading: str
    shows: Shows
    key: str
    decimals: int = 4

    @property
    def left(self) -> bool:
        """Whether cells begin at the left; numbers end at the right."""
        return self.shows in {"text", "direction"}

    def text(self, entry: Entry) -> str:
        """The cell as a reader sees it."""
        if isinstance(entry, bool):
            return better(entry)
        if not isinstance(entry, Figure):
            return "" if entry is None else f"{entry:,}" if isinstance(entry, int) else entry
        decimals = self.decimals if self.shows == "both" else decimals_for([entry])
        if self.shows == "interval":
            return entry.interval_text(decimals)
        return entry.value_text(decimals) if self.shows == "value" else entry.text(decimals)


@dataclass(frozen=True)
class Row:
    """A row. ``reasons`` says why numbers in it have no value."""

    entries: tuple[Entry, ...]
    marks: tuple[Mark, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """The first ``keys`` columns name a row; ``notes`` are lines below the table.

    ``constants`` hold for every row; a reader finds them in the title.
    """

    title: str
    constants: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    keys: int
    notes: tuple[str, ...]


def build(results: Sequence[Result], slices: str | Sequence[str], metrics: Sequence[str] | None) -> Table:
    """One result as a row a number, several as a row each."""
    if not results:
        raise UsageError("There is no result to show", "", "Give at least one result.json")
    every = [score for result in results for score in result.scores]
    keep = chooser(every, slices, metrics, command="cfbench table")
    chosen = [[score for score in result.scores if keep(score)] for result in results]
    if len(results) == 1:
        return _tall(results[0], chosen[0])
    return _wide(results, chosen)


def _tall(result: Result, scores: Sequence[Score]) -> Table:
    data, marks = result.dataset, marks_of(result)
    sliced = {score.slice for score in scores} - {"all"}
    columns = [
        Column("metric", "text", "metric"),
        *([Column("slice", "text", "slice")] if sliced else []),
        Column("value", "value", "value"),
        Column("95 % interval", "interval", "ci"),
        Column("n", "count", "n"),
        Column("better", "direction", "higher_is_better"),
    ]
    rows = []
    for score in scores:
        figure = Figure.of(score)
        entries = (
            f"{score.metric}/{score.name}",
            *((score.slice,) if sliced else ()),
            figure,
            figure,
            score.n,
            score.higher_is_better,
        )
        rows.append(Row(entries, marks, (score.reason,) if score.reason else ()))
    title = f"{signed(result.model.name, marks)} on {_data(result)}, {data.split}: {data.samples:,} samples"
    constants = (("model", result.model.name), ("dataset", _data(result)), ("split", data.split))
    reasons = [(score.address.removesuffix("/all"), score.reason) for score in scores if score.reason]
    return Table(title, constants, tuple(columns), tuple(rows), 1, _notes([result], [scores], marks, reasons))


def _wide(results: Sequence[Result], chosen: Sequence[Sequence[Score]]) -> Table:
    found: dict[tuple[str, str], list[Score]] = {}  # a column a number and signature: versions do not mix
    for scores in chosen:
        for score in scores:
            found.setdefault((score.address, without_n(score.signature)), []).append(score)
    ambiguous = len({_name(result) for result in results}) < len(results)
    columns = [
        Column("model", "text", "model"),
        Column("dataset", "text", "dataset"),
        Column("split", "text", "split"),
        *([Column("run", "text", "run")] if ambiguous else []),
        Column("n", "count", "n"),
    ]
    keys = len(columns)
    for (address, signature), scores in found.items():
        rivals = [other for at, other in found if at == address and other != signature]
        heading = f"{address.removesuffix('/all')} {arrow(scores[0].higher_is_better)}"
        if rivals:
            heading += f" ({_difference(signature, rivals)})"
        key = f"{address} {signature}" if rivals else address
        columns.append(Column(heading, "both", key, decimals_for(map(Figure.of, scores))))
    rows, reasons = [], []
    for result, scores in zip(results, chosen, strict=True):
        by_key = {(score.address, without_n(score.signature)): score for score in scores}
        numbers = [Figure.of(by_key[key]) if key in by_key else None for key in found]
        named = (result.model.name, _data(result), result.dataset.split)
        row = (*named, *((result.run_id,) if ambiguous else ()), result.dataset.samples, *numbers)
        why = [(score.address.removesuffix("/all"), score.reason) for score in scores if score.reason]
        rows.append(Row(row, marks_of(result), tuple(f"{what}: {reason}" for what, reason in why)))
        every = len(why) > 1 and len(why) == len(scores) and len({reason for _, reason in why}) == 1
        what = ["every number"] if every else [what for what, _ in why]
        reasons += [
            (f"{name} of {result.model.name}", reason) for name, (_, reason) in zip(what, why, strict=False)
        ]
    marks = tuple(dict.fromkeys(mark for result in results for mark in marks_of(result)))
    notes = _notes(results, chosen, marks, reasons)
    if any(entry is None for row in rows for entry in row.entries):
        notes = (*notes, "An empty cell: not measured")
    return Table("", (), tuple(columns), tuple(rows), keys, notes)


def _name(result: Result) -> tuple[str, str, str, str]:
    return result.model.name, result.dataset.name, result.dataset.version, result.dataset.split


def _data(result: Result) -> str:
    return f"{result.dataset.name}@{result.dataset.version}"


def signed(name: str, marks: Sequence[Mark]) -> str:
    """A model's name with the signs of its marks."""
    return " ".join([name, "".join(mark.sign for mark in marks)]).rstrip()


def _difference(signature: str, rivals: Iterable[str]) -> str:
    shared = set(signature.split("|")).intersection(*(rival.split("|") for rival in rivals))
    return ", ".join(part for part in signature.split("|") if part not in shared) or signature


def _notes(
    results: Sequence[Result],
    chosen: Sequence[Sequence[Score]],
    marks: Sequence[Mark],
    reasons: Sequence[tuple[str, str]],
) -> tuple[str, ...]:
    notes = [f"{mark.sign} {mark.meaning}" for mark in marks]
    notes += dict.fromkeys(note for result in results if (note := twin_note(result)))
    grouped: dict[str, list[str]] = {}
    for what, reason in reasons:
        grouped.setdefault(reason, []).append(what)
    for reason, numbers in grouped.items():
        more = f" and {len(numbers) - LONGEST_LIST} more" if len(numbers) > LONGEST_LIST else ""
        notes.append(f"{ABSENT} {reason}: {', '.join(numbers[:LONGEST_LIST])}{more}")
    shown = {score.metric for scores in chosen for score in scores}
    remarks: dict[str, list[str]] = {}
    for result in results:
        for remark in dict.fromkeys(result.remarks):
            remarks.setdefault(remark, []).append(result.model.name)
    for remark, models in remarks.items():
        if remark.partition(":")[0] in shown:
            of = f" ({', '.join(dict.fromkeys(models))})" if len(models) < len(results) else ""
            notes.append(f"{remark}{of}")
    hidden = {
        (s.metric, s.name) for result in results for s in result.scores if s.detail and s.metric in shown
    }
    hidden -= {(score.metric, score.name) for scores in chosen for score in scores}
    if hidden:
        of = ", ".join(sorted({metric for metric, _ in hidden}))
        notes.append(
            f"parts and diagnostics are not shown, {len(hidden)} of them: name their metric to see them ({of})"
        )
    signatures = dict.fromkeys(without_n(score.signature) for scores in chosen for score in scores)
    notes += [f"Signature {signature}" for signature in signatures]
    return tuple(notes)
