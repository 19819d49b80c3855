"""Templates and what fills them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, FunctionLoader

from cfbench._version import __version__
from cfbench.report import _templates
from cfbench_leaderboard.pages.assets import assets

if TYPE_CHECKING:
    from cfbench_leaderboard.pages.links import Links


def page(template: str, title: str, links: Links, canonical: str, **values: Any) -> str:
    """A page, filled in; everything from outside is escaped."""
    return (
        _environment()
        .get_template(template)
        .render(title=title, links=links, canonical=canonical, assets=assets(), version=__version__, **values)
    )


@cache
def _environment() -> Environment:
    """The report's, with the templates of this package before its own."""
    report = _templates.environment()
    loaders = [FunctionLoader(_read), *([report.loader] if report.loader else [])]
    return report.overlay(loader=ChoiceLoader(loaders))


def _read(name: str) -> str | None:
    path = files("cfbench_leaderboard.pages") / "templates" / name
    return path.read_text(encoding="utf-8") if path.is_file() else None
