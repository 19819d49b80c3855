"""The pages on paper and on a phone, in Debian's Chromium: nothing is wider than its sheet."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from cfbench.comparing import CompareOptions, compare, open_side
from cfbench.report.comparison_page import write_comparison
from cfbench.report.page import PageOptions, gather, write_page
from cfbench.reporter import silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
CHROMIUM = shutil.which("chromium")
A4 = 718  # width between the margins, in pixels of CSS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, started once."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(runs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of two runs, and their comparison with every slice."""
    folder = tmp_path_factory.mktemp("pages")
    sides = [open_side(run) for run in runs]
    told = compare(*sides, slices="every", options=CompareOptions(resamples=20, permutations=20))
    write_comparison(told, *sides, folder / "compare.html")
    write_page(gather(list(runs)), folder / "report.html", PageOptions(examples=1), reporter=silent)
    return {name: folder / f"{name}.html" for name in ("compare", "report")}


@pytest.mark.parametrize("name", ["compare", "report"])
@pytest.mark.parametrize(("media", "width"), [("print", A4), ("screen", 390)])
def test_no_page_is_wider_than_its_sheet(
    browser: Any, pages: dict[str, Path], name: str, media: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.emulate_media(media=media)
    page.goto(pages[name].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if media == "print":  # what scrolls on a screen would be cut off on paper
        cut = "[...document.querySelectorAll('table')].filter(one => one.getBoundingClientRect().right > innerWidth)"
        assert page.evaluate(f"{cut}.length") == 0
    page.close()


def test_paper_shows_how_numbers_were_made_and_no_closed_table(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": A4, "height": 900})
    page.emulate_media(media="print")
    page.goto(pages["report"].as_uri())
    shown = page.evaluate(
        "[...document.querySelectorAll('.behind pre, .behind dl')].map(one => one.checkVisibility("
        "{contentVisibilityAuto: true, visibilityProperty: true}) && one.getBoundingClientRect().height > 20)"
    )
    assert shown == [True] * 4
    closed = page.locator("details:not(.behind):not([open])")
    assert closed.count() > 0
    assert not any(closed.nth(at).is_visible() for at in range(closed.count()))
    page.close()
