"""The page of a comparison: what it shows, and that nothing from outside gets in as markup."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from two_runs import changed_copy, result_alone

from cfbench.comparing import CompareOptions, compare, open_side
from cfbench.report.comparison import comparison_markdown, comparison_text
from cfbench.report.comparison_page import write_comparison

if TYPE_CHECKING:
    from pathlib import Path

Runs = tuple["Path", "Path"]
FEW = CompareOptions(resamples=50, permutations=50)
HOSTILE = '<script>alert(1)</script>"onload=x|`\x1b[31m'


def page_of(first: Path, second: Path, to: Path, **options: Any) -> str:
    sides = open_side(first), open_side(second)
    write_comparison(compare(*sides, options=FEW, **options), *sides, to)
    return to.read_text()


def test_it_shows_both_sides_beside_the_target(runs: Runs, tmp_path: Path) -> None:
    page = page_of(*runs, tmp_path / "page.html")
    shown = re.findall(r'<article class="strip" aria-label="Sample (\S+)">(.*?)</article>', page, re.DOTALL)
    assert len(shown) == 6
    assert len({sample for sample, _ in shown}) == 6
    for sample, body in shown:
        turns = 1 + int(sample[-2:]) % 3
        assert body.count("<img ") == body.count(" alt=") == 3 * turns
        assert body.count("<figcaption>target</figcaption>") == turns
    assert len(re.findall(r'aria-label="(?:better|not told apart): \+', page)) == 4
    assert page.count("<tr>") > 5


def test_it_loads_nothing_and_runs_nothing(runs: Runs, tmp_path: Path) -> None:
    def rename(value: dict[str, Any]) -> None:
        value["model"]["name"] = HOSTILE
        for score in value["scores"]:
            if score["slice"] == "turn-2":
                score["slice"] = HOSTILE

    hostile = changed_copy(runs[1], tmp_path / "copy", rename)
    page = page_of(runs[0], hostile, tmp_path / "page.html", slices="every")
    assert "<script" not in page
    assert "\x1b" not in page
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "default-src 'none'" in page
    assert "only the second result has it" in page
    told = compare(runs[0], hostile, slices="every", options=FEW)
    assert "\x1b" not in comparison_text(told)
    assert not re.search(r"(?<!\\)<script", comparison_markdown(told))


def test_without_predictions_it_says_why_no_sample_is_shown(runs: Runs, tmp_path: Path) -> None:
    alone = result_alone(runs[1], tmp_path / "new.json")
    page = page_of(runs[0], alone, tmp_path / "page.html")
    assert "<article" not in page
    assert "no evidence lies beside the result of Noisy" in page
    assert "Some numbers are not paired by sample" in page


def test_samples_of_another_kind_are_not_shown_as_these(runs: Runs, tmp_path: Path) -> None:
    def other(value: dict[str, Any]) -> None:
        value["dataset"]["fingerprint"] = "f" * 64

    copies = [changed_copy(folder, tmp_path / folder.name, other) for folder in runs]
    page = page_of(*copies, tmp_path / "page.html")
    assert "The samples of mock@1 here are not those of the results" in page
    assert "<article" not in page


@pytest.mark.parametrize("changed", ["the predictions of the other run", "one image"])
def test_predictions_that_the_result_is_not_of_are_not_shown(
    runs: Runs, tmp_path: Path, changed: str
) -> None:
    copy = shutil.copytree(runs[1], tmp_path / "changed")
    files = sorted((copy / "predictions").iterdir())
    if changed == "one image":
        for path in files:
            table = pq.read_table(path)
            images = pa.array([[b"no picture"] * len(row) for row in table["images"].to_pylist()])
            place = table.schema.get_field_index("images")
            pq.write_table(table.set_column(place, table.schema.field(place), images), path)
    else:
        for path, other in zip(files, sorted((runs[0] / "predictions").iterdir()), strict=True):
            shutil.copy(other, path)
    page = page_of(runs[0], copy, tmp_path / "page.html")
    assert (
        "Images by Noisy (second) are not shown: its predictions are not those that the result is of." in page
    )
    assert page.count("<figcaption>Noisy (first)</figcaption>") == page.count("<figcaption>target<") > 0
    assert "<figcaption>Noisy (second)<" not in page


def test_what_cannot_be_compared_is_said_first(runs: Runs, tmp_path: Path) -> None:
    other = changed_copy(runs[1], tmp_path / "copy", lambda value: value["dataset"].update(split="val"))
    page = page_of(runs[0], other, tmp_path / "page.html")
    assert '<p class="banner bad"><strong>Not comparable</strong> the splits differ: test and val</p>' in page
