"""What a reproduction came to: cells with the published and the measured number, pictures, and how they are written."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from cfbench.files import write_bytes, write_text
from cfbench.report import _escape
from cfbench.report._formats import as_csv, as_markdown, as_text
from cfbench.report._marks import SUBSET
from cfbench.report._numbers import Figure as Value
from cfbench.report._table import Column, Entry, Row, Table
from cfbench.results.signatures import without_n

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.published import Table as Published

DECIMALS = 4


@dataclass(frozen=True)
class Cell:
    """One number of a method: as published, and as measured. Both in cfbench's unit, fractions."""

    method: str
    number: str
    published: float | str | None = None
    value: float | str | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    seeds: tuple[int, ...] = ()
    against: str = ""
    """The method that ``difference`` is taken from."""
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p_value: float | None = None
    """Of a paired permutation test of that difference, by sample."""
    signature: str = ""
    runs: tuple[str, ...] = ()
    """Run ids."""
    reason: str = ""
    """Why there is no measured number, and what to type."""


@dataclass(frozen=True)
class Figure:
    """A picture, as SVG and PNG. ``stem`` is the name of its files."""

    stem: str
    svg: str
    png: bytes


@dataclass(frozen=True)
class Outcome:
    """A reproduced table or figure."""

    name: str
    title: str
    dataset: str
    """name@version that was run."""
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    subset: bool = False
    published: Published | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Why cells have no measured number, each reason once."""
        return tuple(dict.fromkeys(cell.reason for cell in self.cells if cell.reason))

    def text(self, width: int | None = None) -> str:
        """For a terminal."""
        return as_text(self._table(), width)

    def to_json(self) -> dict[str, Any]:
        """Everything but the pictures."""
        paper = self.published
        return {
            "name": self.name,
            "title": self.title,
            "dataset": self.dataset,
            "subset": self.subset,
            "published": {"paper": paper.paper.title, "source": paper.source} if paper else None,
            "cells": [asdict(cell) for cell in self.cells],
            "notes": list(self.notes),
            "figures": [figure.stem for figure in self.figures],
        }

    def write(self, folder: Path) -> list[Path]:
        """Write Markdown, CSV, JSON, and each picture as SVG and PNG; the files."""
        from cfbench.execution.store import pretty_json

        stem = f"{self.name.replace('/', '-')}--{self.dataset.partition('@')[0]}"
        table = self._table()
        pictures = "".join(f"\n![{each.stem}]({stem}--{each.stem}.png)\n" for each in self.figures)
        heading = f"# {_escape.markdown(self.title)}\n\n"
        texts = {
            f"{stem}.md": heading + as_markdown(table) + pictures,
            f"{stem}.csv": as_csv(table),
        } | {f"{stem}--{each.stem}.svg": each.svg for each in self.figures}
        for name, text in texts.items():
            write_text(folder / name, text)
        binary = {f"{stem}.json": pretty_json(self.to_json())}
        binary |= {f"{stem}--{each.stem}.png": each.png for each in self.figures}
        for name, data in binary.items():
            write_bytes(folder / name, data)
        return [folder / name for name in (*texts, *binary)]

    def _table(self) -> Table:
        compared = any(cell.against for cell in self.cells)
        in_words = any(isinstance(each, str) for cell in self.cells for each in (cell.published, cell.value))
        shows: Literal["text", "value"] = "text" if in_words else "value"
        columns = [
            Column("method", "text", "method"),
            Column("number", "text", "number"),
            Column("published", shows, "published"),
            Column("measured", shows, "value"),
            Column("95 % interval", "interval", "ci"),
            Column("n", "count", "n"),
            Column("seeds", "text", "seeds"),
        ]
        if compared:
            columns += [
                Column("difference", "both", "difference", DECIMALS),
                Column("from", "text", "against"),
                Column("p", "text", "p_value"),
            ]
        marks = (SUBSET,) if self.subset else ()
        rows = tuple(
            Row(
                self._entries(cell, compared=compared, in_words=in_words),
                marks,
                (cell.reason,) if cell.reason else (),
            )
            for cell in self.cells
        )
        signatures = dict.fromkeys(without_n(cell.signature) for cell in self.cells if cell.signature)
        notes = [f"{mark.sign} {mark.meaning}" for mark in marks]
        notes += self.notes
        if self.published is not None:
            notes += [f"published: {self.published.paper.title}, {self.published.source}"]
            notes += [f"published: {note}" for note in self.published.notes]
        notes += self._lacking()
        notes += [f"Signature {signature}" for signature in signatures]
        return Table(self.title, (), tuple(columns), rows, 2, tuple(notes))

    def _entries(self, cell: Cell, *, compared: bool, in_words: bool) -> tuple[Entry, ...]:
        entries: list[Entry] = [
            cell.method,
            cell.number,
            _entry(cell.published, "", in_words=in_words),
            _entry(cell.value, cell.reason, in_words=in_words),
            Value(cell.value if isinstance(cell.value, float) else None, cell.low, cell.high),
            cell.n,
            ", ".join(map(str, cell.seeds)),
        ]
        if compared:
            entries += [
                Value(cell.difference, cell.difference_low, cell.difference_high) if cell.against else None,
                cell.against,
                "" if cell.p_value is None else f"{cell.p_value:.4f}",
            ]
        return tuple(entries)

    def _lacking(self) -> list[str]:
        """A line for each reason, with the methods that it holds for."""
        methods: dict[str, dict[str, None]] = {}
        for cell in self.cells:
            if cell.reason:
                methods.setdefault(cell.reason, {})[cell.method] = None
        return [f"– {', '.join(names)}: {reason}" for reason, names in methods.items()]


def _entry(value: float | str | None, reason: str, *, in_words: bool) -> Entry:
    """A number to be shown, words, a dash where something is missing, or nothing."""
    if value is None and not reason:
        return "" if in_words else None
    if not in_words:
        return Value(value if isinstance(value, float) else None, None, None)
    return value if isinstance(value, str) else Value(value, None, None).value_text(DECIMALS)
