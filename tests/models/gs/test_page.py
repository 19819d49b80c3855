"""The Python of the page on gradient supervision does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cfbench.plugins import plugins

torch = pytest.importorskip("torch")

PAGE = Path(__file__).resolve().parents[3] / "docs" / "gradient-supervision.md"


def test_the_example_gives_a_loss_that_can_be_learned_from():
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    exec(compile(block, PAGE.name, "exec"), names)
    taught = torch.nn.functional.cross_entropy(names["logits"], names["before"])
    assert taught < names["loss"] <= taught + 0.2
    assert all(one.grad is not None for one in names["model"].parameters() if one.ndim == 2)


def test_every_name_on_the_page_is_registered():
    page = PAGE.read_text()
    for kind, heading in (
        ("datasets", "Data sets"),
        ("models", "Models"),
        ("reproductions", "The paper again"),
    ):
        section = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
        rows = [row.strip("|").split("|") for row in re.findall(r"^\|.*\|$", section, re.MULTILINE)][2:]
        named = {name for row in rows for name in re.findall(r"`([^`]+)`", row[0])}
        assert named
        assert named <= set(plugins(kind))


def test_the_page_names_every_figure_and_table_of_the_paper_that_can_be_measured():
    page = PAGE.read_text()
    assert [
        name for name in plugins("reproductions") if name.startswith("gs/") and f"`{name}`" not in page
    ] == []
