"""Tables of results.

Guarantees: every number stands with its interval; numbers of different signatures never share a column; a
number without a value is a dash, with the reason below; what may not be ranked bears a mark. Nothing is put
in order of merit: neighbours are often not separable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cfbench.errors import unknown_name
from cfbench.report._formats import as_csv, as_html, as_latex, as_markdown, as_text
from cfbench.report._table import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.results.schema import Result

FORMATS = ("text", "md", "latex", "csv", "html")


def render(
    results: Sequence[Result],
    format: Literal["text", "md", "latex", "csv", "html"] | str = "text",  # noqa: A002 (the flag's name)
    *,
    slices: Literal["all", "every"] | str | Sequence[str] = "all",
    metrics: Sequence[str] | None = None,
    width: int | None = None,
) -> str:
    """The results as a table, ending in a line end.

    One result is a row a number; several are a row each, a column a number. ``slices`` is one name, some,
    or ``every``; ``metrics`` are names as ``fid`` or ``fid/rank``. Without them, numbers that are parts or diagnostics
    of others are left out, and it is said. ``width`` is that of the terminal:
    a wider text table goes on in blocks below; without it no line is broken.
    """
    table = build(results, slices, metrics)
    if format == "text":
        return as_text(table, width)
    writers = {"md": as_markdown, "latex": as_latex, "csv": as_csv, "html": as_html}
    if format not in writers:
        raise unknown_name("table format", format, FORMATS, list_command="cfbench table --help")
    return writers[format](table)
