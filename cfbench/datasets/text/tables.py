"""Reading tables of texts: tab-separated files with or without quotes, and files of one text a line.

Every fault is a DataError that names the file and the line. Files are UTF-8 and, but for large tables of which a part is
drawn, of at most 64 MiB.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from cfbench.errors import DataError
from cfbench.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024
MAX_BYTES_DRAWN = 512 * 1024 * 1024
MAX_CHARACTERS = 100_000  # of one text


@dataclass(frozen=True)
class Row:
    """A row of a table, by the names of its columns."""

    path: Path
    line: int  # that it begins on, from 1
    values: Mapping[str, str]

    def text(self, column: str) -> str:
        """What stands in a column that must hold a text."""
        value = self.values[column]
        if not value.strip():
            raise self.fault(f"the column {column} is empty")
        if len(value) > MAX_CHARACTERS:
            raise self.fault(
                f"the column {column} holds {len(value):,} characters, more than a text can have"
            )
        return value

    def label(self, column: str, names: Sequence[str]) -> int:
        """The position of the label of a column among the names, whatever its case."""
        value = self.values[column]
        if value.lower() not in names:
            raise self.fault(f"the {column} {value[:60]!r} is none of {', '.join(names)}")
        return names.index(value.lower())

    def fault(self, why: str) -> DataError:
        """The error for what is wrong with this row."""
        return fault(self.path, self.line, why)


def fault(path: Path, line: int, why: str) -> DataError:
    """The error for what is wrong with a line of a file."""
    return DataError(f"Cannot use {path}, line {line}", why, "Get the file again, whole and unchanged")


def quoted_rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a table whose texts may stand in quotes, with quotes doubled and line breaks in them.

    Its first row names the columns: these, and no others.
    """
    rows = _quoted(path, _decoded(path), "\t")
    line, header = next(rows, (1, []))
    if header != list(columns):
        raise fault(path, line, f"its columns are {', '.join(header)[:200]}, not {', '.join(columns)}")
    return _rows(path, columns, rows)


def drawn_rows(path: Path, columns: Sequence[str], draw: Callable[[int], Container[int]]) -> dict[int, Row]:
    """Some rows of a table with commas and quotes and without names of columns, by position.

    ``draw`` says which positions, once it is told how many rows there are.
    """
    text = _decoded(path, MAX_BYTES_DRAWN)
    count = sum(1 for _ in _quoted(path, text, ","))
    if not count:
        raise _empty(path)
    chosen = draw(count)
    some = ((number, row) for number, row in enumerate(_quoted(path, text, ",")) if number in chosen)
    return {number: _rows(path, columns, iter([row]))[0] for number, row in some}


def plain_rows(path: Path, columns: Sequence[str] | None = None) -> list[Row]:
    """The rows of a table without quoting: a row a line, a quote is a character like any other.

    Without ``columns`` the first line names them.
    """
    rows = ((line, text.split("\t")) for line, text in lines_of(path))
    if columns is None:
        _, columns = next(rows, (1, []))
    return _rows(path, columns, rows)


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers; ends of line are ``\\n`` or ``\\r\\n``, and nothing else."""
    lines = _decoded(path).split("\n")
    if not lines[-1]:
        lines.pop()
    if not lines:
        raise _empty(path)
    for number, line in enumerate(lines, 1):
        yield number, line.removesuffix("\r")


def _rows(path: Path, columns: Sequence[str], rows: Iterator[tuple[int, list[str]]]) -> list[Row]:
    found = []
    for line, fields in rows:
        if len(fields) != len(columns):
            raise fault(path, line, f"it has {len(fields)} columns, not {len(columns)}")
        found.append(Row(path, line, dict(zip(columns, fields, strict=True))))
    if not found:
        raise _empty(path)
    return found


def _empty(path: Path) -> DataError:
    return DataError(f"Cannot use {path}", "it holds no rows", "Get the file again, whole and unchanged")


def _quoted(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for fields in reader:
            if not fields:
                raise fault(path, begins, "it is empty")
            yield begins, fields
            begins = reader.line_num + 1
    except csv.Error as error:
        raise fault(path, begins, f"its quotes are broken ({error})") from error


def _decoded(path: Path, max_bytes: int = MAX_BYTES) -> str:
    data = read_bytes(path, max_bytes=max_bytes, what="table of texts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise fault(path, line, f"it is not UTF-8 text (byte {error.start})") from error
    if "\0" in text:
        raise fault(path, text.count("\n", 0, text.index("\0")) + 1, "it holds a NUL character")
    return text
