"""The page of parity is what the recordings give, and its comparisons see what is apart."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture
def parity(monkeypatch):
    """The modules of the package beside the pages, by name."""
    monkeypatch.syspath_prepend(str(DOCS))
    return lambda name: importlib.import_module(f"parity.{name}")


def test_the_page_is_fresh_and_every_value_within_its_tolerance(parity, real_data):
    pytest.importorskip("torch")
    folder = real_data.parent / "vectors"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    page, vectors = parity("page"), parity("comparison").Vectors(folder)
    rows, left_out = page.compared(vectors)
    assert [row for row in rows if not row.within] == []
    assert set(vectors.stems()) - vectors.opened - {one.stem for one in left_out} == set()
    assert (DOCS / "parity.md").read_text(encoding="utf-8") == page.page(vectors, rows, left_out), (
        f"type: python docs/parity --vectors {folder}"
    )


def test_a_comparison_sees_what_is_apart(parity):
    comparison = parity("comparison")
    absolute = comparison.Source("m", "p", "r", 1e-3)
    relative = comparison.Source("m", "p", "r", 1e-3, relative=True)
    assert absolute.row([[1.0, 2.0], np.array([4.0])], [1, 2, 4.25]).difference == 0.25
    assert relative.row([2.0, 5.0], [0, 4]).difference == 2  # beside 0 a difference is absolute
    assert absolute.row([1.0, math.nan], [1, None]).within
    assert not absolute.row([1.0, math.nan], [1, 2]).within
    assert not absolute.row([1.0, 2.0], [1, None]).within
    with pytest.raises(ValueError, match="1 numbers are compared with 2"):
        absolute.row([1.0], [1, 1])
    assert comparison.choices("m", "p", "r", "abc", "abd").difference == 1
    assert not comparison.choices("m", "p", "r", "abc", "abd").within


def test_a_value_beyond_its_tolerance_stands_out_and_rounding_does_not(parity):
    page, source = parity("page"), parity("comparison").Source("m", "p", "r", 1e-3)
    shown = {gap: page._cells(source.row([gap], [0]))[4] for gap in (0.0, 2e-13, 2e-4, 0.25)}
    assert list(shown.values()) == ["< 1e-12", "< 1e-12", "2.0e-04", "**2.5e-01**"]
