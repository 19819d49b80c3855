"""What a reproduction writes: tables that never lose a published number, and pictures that are whole."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cfbench import plugins as registry
from cfbench.cli import cli
from cfbench.errors import UsageError
from cfbench.plugins import Plugin
from cfbench.published import table
from cfbench.reproduction import Cell, Outcome, Reproduction, Settings, overview, reproduce
from cfbench.reproduction.plot import Plot, Point, Series, _ticks
from cfbench.reproduction.shapes import Line, _pieces

TYPE = "its training is not there. Type: cfbench train sscr --dataset mock"
CELLS = (
    Cell(
        "GeNeVA", "f1", 0.5326, 0.71, 0.69, 0.73, 500, (0, 1), signature="objects|n:500|v:1", runs=("a" * 12,)
    ),
    Cell("SSCR", "f1", 0.5696, reason=TYPE),
    Cell("SSCR, half", "f1", 0.52, 0.6, 0.5, 0.7, 500, (0,), "GeNeVA", -0.11, -0.2, -0.02, 0.0123),
)
PLOT = Plot(
    "F1 <by> share & data",
    "per cent",
    "F1",
    (
        Series("GeNeVA", (Point(50, 0.4, 0.35, 0.45), Point(100, 0.5, 0.45, 0.55))),
        Series("GeNeVA", (Point(50, 0.44), Point(100, 0.53)), published=True),
        Series("SSCR", (Point(50, 0.5),), 1),
    ),
    marks=((70, "best"),),
)


def outcome(**more):
    values = {
        "name": "sscr/table2",
        "title": "Table 2",
        "dataset": "mock@1",
        "cells": CELLS,
        "published": table("sscr/table2"),
    }
    return Outcome(**(values | more))


def test_every_form_has_every_number_and_every_reason(tmp_path):
    made = outcome(figures=(PLOT.figure("f1"),), notes=("a note",))
    files = {path.suffix: path for path in made.write(tmp_path)}
    assert {path.name for path in tmp_path.iterdir()} == {
        "sscr-table2--mock.md", "sscr-table2--mock.csv", "sscr-table2--mock.json",
        "sscr-table2--mock--f1.svg", "sscr-table2--mock--f1.png",
    }  # fmt: skip
    text, markdown = made.text(), files[".md"].read_text()
    for shown in (text, markdown):
        for each in ("0.5326", "0.5696", "0.7100", "0.0123", "0, 1", "a note", "Table 2"):
            assert each in shown
    assert f"– SSCR: {TYPE}" in text
    assert "![f1](sscr-table2--mock--f1.png)" in markdown
    rows = list(csv.DictReader(io.StringIO(files[".csv"].read_text())))
    assert [row["published"] for row in rows] == ["0.5326", "0.5696", "0.52"]
    assert [row["value"] for row in rows] == ["0.71", "", "0.6"]
    assert rows[1]["reason"] == TYPE
    assert (rows[2]["difference"], rows[2]["p_value"]) == ("-0.11", "0.0123")
    kept = json.loads(files[".json"].read_text())
    assert kept["cells"][1]["value"] is None
    assert kept["cells"][0]["signature"] == "objects|n:500|v:1"
    assert made.missing == (TYPE,)


def test_words_stand_beside_words():
    cells = (Cell("color", "examples", "blue, purple", "red, cyan"), Cell("color", "share", None, 0.5, n=8))
    shown = outcome(cells=cells).text()
    assert "blue, purple" in shown
    assert "red, cyan" in shown
    assert "0.5000" in shown


def test_a_subset_is_marked():
    assert "§" in outcome(subset=True).text()
    assert "§" not in outcome().text()


def test_a_plot_is_the_same_in_both_forms():
    figure = PLOT.figure("f1")
    root = ET.fromstring(figure.svg)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "F1 <by> share & data" in texts
    assert "GeNeVA, published" in texts
    assert "best" in texts
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 5 + 3  # points, and the legend's
    with Image.open(io.BytesIO(figure.png)) as picture:
        picture.load()
        width, height = (int(root.get(side)) for side in ("width", "height"))
        assert picture.size == (2 * width, 2 * height)
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}
    assert (0x00, 0x60, 0xA8) in colours
    assert (0xD1, 0x57, 0x0B) in colours


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 6)), min_size=1, max_size=8))
def test_ticks_hold_every_value_between_them(values):
    ticks = _ticks(values)
    slack = 1e-6 * max(1.0, *(abs(value) for value in values))
    assert ticks == sorted(set(ticks))
    assert ticks[0] <= min(values) + slack
    assert ticks[-1] >= max(values) - slack
    assert 2 <= len(ticks) <= 12


def test_dashes_cover_their_share_of_a_line():
    pieces = list(_pieces(((0, 0), (6, 0), (100, 0)), (7, 3)))
    drawn = sum(b[0] - a[0] for piece in pieces for a, b in pairwise(piece))
    assert drawn == pytest.approx(70)
    assert list(_pieces(((0, 0), (1, 1)), ())) == [[(0, 0), (1, 1)]]
    assert 'stroke-dasharray="7 3"' in Line(((0, 0), (1, 1)), "#000000", dash=(7, 3)).svg()


class OneRow(Reproduction):
    name = "tests/one-row"
    summary = "one row"
    datasets = ("mock",)

    def run(self, work):
        return outcome(name=self.name, dataset=f"{work.dataset.name}@{work.dataset.version}", published=None)


@pytest.fixture
def registered(monkeypatch):
    plugin = Plugin("reproductions", OneRow.name, "test_outcome:OneRow", "tests")
    own = registry.plugins
    load = Plugin.load
    monkeypatch.setattr(Plugin, "load", lambda self: OneRow if self == plugin else load(self))
    monkeypatch.setattr(
        registry, "plugins", lambda kind: {OneRow.name: plugin} if kind == plugin.kind else own(kind)
    )


def test_the_command_prints_writes_and_lists(registered):
    assert [row["name"] for row in overview()] == [OneRow.name]
    for arguments in (["reproduce"], ["reproduce", "list"]):
        assert "one row (mock)" in CliRunner().invoke(cli, arguments).output
    done = CliRunner().invoke(cli, ["reproduce", OneRow.name, "--json", "--out", "there"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["cells"][0]["published"] == 0.5326


def test_what_cannot_be_reproduced_says_why(registered):
    with pytest.raises(UsageError, match="did you mean tests/one-row"):
        reproduce("tests/one-rwo", Settings())
    with pytest.raises(UsageError, match="is not measured on codraw: it is on mock"):
        reproduce(OneRow.name, Settings(dataset="codraw"))
    wrong = CliRunner().invoke(cli, ["reproduce", OneRow.name, "--seeds", "0,x"])
    assert isinstance(wrong.exception, UsageError)
