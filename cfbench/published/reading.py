"""Reading the files of published numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cfbench.errors import unknown_name
from cfbench.files import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Paper:
    """Where numbers were printed. ``key`` is the first part of the name of its tables."""

    key: str
    title: str
    authors: str
    year: int | None
    venue: str


@dataclass(frozen=True)
class Number:
    """One cell of a table as printed: a number, or words."""

    row: str
    dataset: str
    """The official data set's name; empty where the table has none."""
    column: str
    value: float | str


@dataclass(frozen=True)
class Measured:
    """A number of cfbench that is the same as a printed one, where a model, a data set and a split are the same."""

    row: str
    dataset: str
    """As printed, of the table."""
    column: str
    model: str
    """The model's name here, with ``@50`` where it learned from half of the data; ``@100`` is the same as nothing."""
    data: str
    """The data set here."""
    split: str
    metric: str
    name: str
    slice: str
    divisor: float
    """What turns the printed number into cfbench's unit."""


@dataclass(frozen=True)
class Table:
    """A table, or what a text says of a figure."""

    name: str
    """Paper and table, such as ``sscr/table2``."""
    paper: Paper
    title: str
    source: str
    """Where in the paper."""
    unit: str
    notes: tuple[str, ...]
    numbers: tuple[Number, ...]
    measured: tuple[Measured, ...] = ()
    """What cfbench measures of what the table prints; nothing where no model of it has a printed number."""
    unasked: bool = False
    """Whether it is shown beside such models unasked: tables that repeat others' numbers are not."""

    def value(self, row: str, column: str, dataset: str = "") -> float | None:
        """A number; None where it was not printed. Without a data set, the table must have one alone."""
        found = self._cells(row, column, dataset)
        return found[0].value if found and isinstance(found[0].value, float) else None

    def words(self, row: str, column: str, dataset: str = "") -> str | None:
        """The same of a cell of words."""
        found = self._cells(row, column, dataset)
        return found[0].value if found and isinstance(found[0].value, str) else None

    def rows(self, dataset: str = "") -> tuple[str, ...]:
        """The rows of a data set, in the order of the table."""
        return tuple(dict.fromkeys(n.row for n in self.numbers if not dataset or n.dataset == dataset))

    def columns(self, dataset: str = "") -> tuple[str, ...]:
        """The columns, in the order of the table."""
        return tuple(dict.fromkeys(n.column for n in self.numbers if not dataset or n.dataset == dataset))

    def _cells(self, row: str, column: str, dataset: str) -> list[Number]:
        return [
            number
            for number in self.numbers
            if (number.row, number.column) == (row, column) and (not dataset or number.dataset == dataset)
        ]


def table(name: str) -> Table:
    """A table by its name, such as ``sscr/table2``."""
    known = tables()
    if name not in known:
        raise unknown_name("published table", name, known, list_command="cfbench reproduce list")
    return known[name]


@cache
def tables() -> dict[str, Table]:
    """Every table of every paper, by name."""
    return {name: made for key in _keys() for name, made in _tables_of(key).items()}


def papers() -> tuple[Paper, ...]:
    """The papers that there are numbers of."""
    return tuple(_paper(key, _read(key)["paper"]) for key in _keys())


def _keys() -> list[str]:
    return sorted(
        entry.name.removesuffix(".json")
        for entry in files("cfbench.published").iterdir()
        if entry.name.endswith(".json")
    )


def _read(key: str) -> dict[str, Any]:
    data = files("cfbench.published").joinpath(f"{key}.json").read_bytes()
    return dict(parse_json(data, source=f"published/{key}.json"))


def _paper(key: str, value: dict[str, Any]) -> Paper:
    return Paper(key, **value)


def _tables_of(key: str) -> dict[str, Table]:
    value = _read(key)
    paper = _paper(key, value["paper"])
    made = {}
    for short, each in value["tables"].items():
        numbers = tuple(
            Number(row, dataset, column, cell if isinstance(cell, str) else float(cell))
            for row, dataset, cells in each["rows"]
            for column, cell in cells.items()
        )
        name = f"{key}/{short}"
        told = each.get("measured", {})
        made[name] = Table(
            name,
            paper,
            each["title"],
            each["source"],
            each["unit"],
            tuple(each["notes"]),
            numbers,
            tuple(_measured(told, numbers)),
            bool(told.get("unasked")),
        )
    return made


def _measured(told: dict[str, Any], numbers: tuple[Number, ...]) -> Iterator[Measured]:
    """For every row that is a model, and every column that is measured, what it is here."""
    for row, model in told.get("models", {}).items():
        for each in told["numbers"]:
            for column, (address, divisor) in each["columns"].items():
                if any((n.row, n.dataset, n.column) == (row, each["of"], column) for n in numbers):
                    metric, name, part = address.replace("{row}", row).split("/", 2)
                    yield Measured(
                        row,
                        each["of"],
                        column,
                        model,
                        each["dataset"],
                        each["split"],
                        metric,
                        name,
                        part,
                        divisor,
                    )
