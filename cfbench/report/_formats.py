"""The five ways to write a table. Each escapes what it is given."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from cfbench.report import _escape
from cfbench.report._numbers import Figure
from cfbench.report._table import signed

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from cfbench.report._table import Column, Entry, Row, Table

FULL_WIDTH = 100_000  # columns of a terminal: wider than any table
NARROWEST_NAME = 40  # a longer name folds, a number never


def as_text(table: Table, width: int | None) -> str:
    """For a terminal: plain characters. Wider than ``width``, it goes on in further blocks below."""
    from rich.console import Console
    from rich.measure import Measurement

    console = Console(file=io.StringIO(), width=FULL_WIDTH, color_system=None, force_terminal=False)
    numbers = list(range(table.keys, len(table.columns)))
    blocks: list[str] = []
    while numbers or not blocks:
        shown = numbers[:1]
        for column in numbers[1:]:
            wider = _rich(table, [*shown, column])
            if width is not None and Measurement.get(console, console.options, wider).maximum > width:
                break
            shown.append(column)
        numbers = numbers[len(shown) :]
        with console.capture() as capture:
            console.print(_rich(table, shown), soft_wrap=True)
        blocks.append("\n".join(line.rstrip() for line in capture.get().splitlines()).strip("\n"))
    parts = [_escape.plain(table.title)] if table.title else []
    parts += [*blocks, "\n".join(_escape.plain(note) for note in table.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _rich(table: Table, numbers: list[int]) -> RichTable:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    chosen = [*range(table.keys), *numbers]
    made = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index in chosen:
        column = table.columns[index]
        if column.shows == "text":
            made.add_column(Text(_escape.plain(column.heading)), max_width=NARROWEST_NAME, overflow="fold")
        else:
            made.add_column(
                Text(_escape.plain(column.heading)), justify="left" if column.left else "right", no_wrap=True
            )
    for row in table.rows:
        cells = _cells(table, row)
        made.add_row(*(Text(_escape.plain(cells[index])) for index in chosen))
    return made


def as_markdown(table: Table) -> str:
    """A GitHub table, and a list of notes."""
    heading = [_escape.markdown(column.heading) for column in table.columns]
    rule = ["---" if column.left else "---:" for column in table.columns]
    rows = [
        [
            _escape.markdown(cell) if column.shows == "text" else cell
            for column, cell in zip(table.columns, _cells(table, row), strict=True)
        ]
        for row in table.rows
    ]
    lines = [f"**{_escape.markdown(table.title)}**", ""] if table.title else []
    lines += [f"| {' | '.join(cells)} |" for cells in (heading, rule, *rows)]
    if table.notes:
        lines += ["", *(f"- {_escape.markdown(note)}" for note in table.notes)]
    return "\n".join(lines) + "\n"


def as_latex(table: Table) -> str:
    """A ``tabular`` for the package booktabs, and the notes as a small paragraph below it."""
    align = "".join("l" if column.left else "r" for column in table.columns)
    lines = ["% needs \\usepackage{booktabs}"]
    if table.title:
        lines += [f"\\noindent {_escape.latex(table.title)}\\par\\smallskip"]
    lines += [f"\\begin{{tabular}}{{{align}}}", "\\toprule"]
    lines += [f"{' & '.join(_escape.latex(column.heading) for column in table.columns)} \\\\", "\\midrule"]
    lines += [f"{' & '.join(_escape.latex(cell) for cell in _cells(table, row))} \\\\" for row in table.rows]
    lines += ["\\bottomrule", "\\end{tabular}"]
    if table.notes:
        notes = " \\newline\n".join(_escape.latex(note) for note in table.notes)
        lines += [f"\\par\\smallskip{{\\footnotesize {notes}\\par}}"]
    return "\n".join(lines) + "\n"


def as_csv(table: Table) -> str:
    """For machines: numbers in full, ends of intervals in columns of their own, marks in words, no notes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    constants = dict(table.constants)
    heading = [name for column in table.columns for name in _csv_names(column)]
    writer.writerow(map(_escape.spreadsheet, (*constants, *heading, "marks", "reason")))
    for row in table.rows:
        pairs = zip(table.columns, row.entries, strict=True)
        cells = [cell for column, entry in pairs for cell in _csv_cells(column, entry)]
        words = [" ".join(mark.word for mark in row.marks), "; ".join(row.reasons)]
        *before, marks, reason = map(_escape.spreadsheet, (*constants.values(), *words))
        writer.writerow([*before, *cells, marks, reason])
    return out.getvalue()


def _csv_names(column: Column) -> list[str]:
    ends = [f"{column.key}_low", f"{column.key}_high"]
    return {"both": [column.key, *ends], "interval": ends}.get(column.shows, [column.key])


def _csv_cells(column: Column, entry: Entry) -> list[str]:
    if column.shows in {"text", "count"}:
        return [_escape.spreadsheet(str(entry))]
    if column.shows == "direction":
        return [str(entry).lower()]
    figure = entry if isinstance(entry, Figure) else Figure(None, None, None)
    value, low, high = ("" if v is None else repr(v) for v in (figure.value, figure.low, figure.high))
    return {"both": [value, low, high], "interval": [low, high]}.get(column.shows, [value])


def as_html(table: Table) -> str:
    """A ``table`` element with a caption and scoped headings, and a list of notes; no style of its own."""
    from cfbench.report._templates import fill

    return fill("table.html", table=table, rows=[_cells(table, row) for row in table.rows])


def _cells(table: Table, row: Row) -> list[str]:
    cells = [column.text(entry) for column, entry in zip(table.columns, row.entries, strict=True)]
    # In a table of one result the title bears the signs.
    return cells if table.constants else [signed(cells[0], row.marks), *cells[1:]]
