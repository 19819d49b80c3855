"""The page of several results: one file that compares them, shows them, and says how each number is made again."""

from __future__ import annotations

from cfbench.report.page.gathering import Gathered, gather
from cfbench.report.page.view import PageOptions
from cfbench.report.page.writing import page_html, write_page

__all__ = ["Gathered", "PageOptions", "gather", "page_html", "write_page"]
