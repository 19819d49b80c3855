"""Pages from the templates of the package. Everything that is filled in is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from cfbench.report._escape import plain


def fill(template: str, **values: Any) -> str:
    """The template with its values, and the package's own style sheet as ``style``."""
    return _environment().get_template(template).render(style=Markup(_read("report.css")), **values)  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = plain
    return environment


def _read(name: str) -> str:
    from importlib.resources import files

    return (files("cfbench.report") / "templates" / name).read_text(encoding="utf-8")
