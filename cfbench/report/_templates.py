"""Pages from the templates of the package. Everything that is filled in is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from cfbench.report._escape import plain


def fill(template: str, **values: Any) -> str:
    """The template with its values, and the package's own style sheet as ``style``."""
    return environment().get_template(template).render(style=Markup(style_sheet()), **values)  # noqa: S704


def style_sheet() -> str:
    """The style of every page."""
    return _read("report.css")


@cache
def environment() -> Environment:
    """Where templates are found and how they are filled; the leaderboard's pages add their own."""
    made = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = plain
    return made


def _read(name: str) -> str:
    from importlib.resources import files

    return (files("cfbench.report") / "templates" / name).read_text(encoding="utf-8")
