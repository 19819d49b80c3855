"""Results for people: tables, filmstrips and the report of a run."""

from __future__ import annotations

from cfbench.report.example import Example, Film
from cfbench.report.filmstrip import FilmStrip, filmstrip_png
from cfbench.report.html import write_report
from cfbench.report.tables import FORMATS, render

__all__ = ["FORMATS", "Example", "Film", "FilmStrip", "filmstrip_png", "render", "write_report"]
