from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from cfbench.errors import UsageError
from cfbench.report import FORMATS, render
from cfbench.results import Failure

from .conftest import make_score

if TYPE_CHECKING:
    from .conftest import MakeResult

HOSTILE = "\x1b[2J=cmd|' /C calc'!A0<script>alert(1)</script>[red]\\input{x}_$&\n| a"
NUMBER = re.compile(r"\d+\.\d+ \[-?\d+\.\d+, -?\d+\.\d+\]")


class Cells(HTMLParser):
    """The texts of a table's cells, by row, and every tag that was seen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_one_result_is_a_row_a_number(make_result: MakeResult) -> None:
    lines = render([make_result()]).splitlines()
    assert lines[0] == "nearest-train on codraw@1, test: 1,002 samples"
    assert lines[2].split() == ["metric", "value", "95", "%", "interval", "n", "better"]
    assert lines[4].split() == ["pixel/l1", "0.2500", "[0.2400,", "0.2600]", "1,002", "↓", "lower"]
    assert lines[5].split() == ["pixel/psnr", "21.50", "[21.49,", "21.51]", "1,002", "↑", "higher"]
    assert lines[-1] == "Signature pixel|proto:default|v:1"


def test_several_results_are_a_row_each(make_result: MakeResult) -> None:
    lines = render([make_result("a"), make_result("b")]).splitlines()
    assert lines[0].split() == ["model", "dataset", "split", "n", "pixel/l1", "↓", "pixel/psnr", "↑"]
    assert [line.split()[0] for line in lines[2:4]] == ["a", "b"]
    assert NUMBER.findall(lines[2]) == ["0.2500 [0.2400, 0.2600]", "21.50 [21.49, 21.51]"]


def test_slices_are_the_overall_one_unless_asked_for(make_result: MakeResult) -> None:
    scores = [make_score(slice=name) for name in ("all", "turn-1", "turn-2")]
    result = make_result(scores=scores)
    assert "turn-1" not in render([result])
    assert "turn-1" in render([result], slices="every")
    only = rows_of(render([result], "csv", slices=["turn-2"]))
    assert [row["slice"] for row in only] == ["turn-2"]


def test_metrics_are_chosen_by_metric_or_number(make_result: MakeResult) -> None:
    result = make_result()
    assert len(rows_of(render([result], "csv", metrics=["pixel"]))) == 2
    assert [row["metric"] for row in rows_of(render([result], "csv", metrics=["pixel/l1"]))] == ["pixel/l1"]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"slices": "turn-9"}, "slice"),
        ({"metrics": ["pixle"]}, "pixel"),
        ({"format": "latx"}, "latex"),
    ],
)
def test_unknown_names_are_refused(make_result: MakeResult, arguments: dict[str, object], hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        render([make_result()], **arguments)  # type: ignore[arg-type]


def test_no_result_is_refused() -> None:
    with pytest.raises(UsageError, match="no result"):
        render([])


@pytest.mark.parametrize(
    ("changes", "sign", "word"),
    [
        ({"needs_target": True}, "†", "needs-target"),
        ({"teacher_forced": True}, "‡", "teacher-forced"),
        ({"subset": 5}, "§", "subset"),
        ({"missing": ["x"]}, "¶", "incomplete"),
        ({"failed": [Failure(sample="x", error="e")]}, "¶", "incomplete"),
        ({"unranked": ["too old"]}, "*", "unranked"),
    ],
)
def test_what_is_not_ranked_bears_a_mark_with_its_meaning(
    make_result: MakeResult, changes: dict[str, object], sign: str, word: str
) -> None:
    marked, plain = make_result("m", **changes), make_result("p")
    for results in ([marked], [plain, marked]):
        text = render(results)
        assert f"m {sign}" in text
        assert any(line.startswith(f"{sign} ") for line in text.splitlines())
        assert [row["marks"] for row in rows_of(render(results, "csv"))][-1] == word
        assert rows_of(render(results, "csv"))[-1]["model"] == "m"
    assert f"p {sign}" not in render([plain, marked])


def test_marks_add_up(make_result: MakeResult) -> None:
    text = render([make_result("m", needs_target=True, subset=3, unranked=["given the targets"])])
    assert text.startswith("m †§ on")


def test_a_twin_is_named_as_one(make_result: MakeResult) -> None:
    text = render([make_result(dataset="codraw-mini", twin_of="codraw")])
    assert "codraw-mini is the embedded twin of codraw" in text


def test_no_value_is_a_dash_with_its_reason(make_result: MakeResult) -> None:
    scores = [make_score("l1", None), make_score("ssim", 0.5)]
    one = render([make_result(scores=scores)])
    assert re.search(r"^pixel/l1 +– +1,002 ", one, re.MULTILINE)
    assert "– undefined on these samples: pixel/l1" in one
    two = render([make_result("a", scores=scores), make_result("b", scores=[make_score("l1", 0.5)])])
    assert "– undefined on these samples: pixel/l1 of a" in two
    assert "An empty cell: not measured" in two
    assert [row["reason"] for row in rows_of(render([make_result(scores=scores)], "csv"))] == [
        "undefined on these samples",
        "",
    ]


def test_one_reason_for_every_number_is_said_once(make_result: MakeResult) -> None:
    lost = make_result("a", scores=[make_score("l1", None), make_score("psnr", None)], missing=["x"])
    assert "– a sample has no prediction: every number of a\n" in render([lost, make_result("b")])


def test_different_signatures_never_share_a_column(make_result: MakeResult) -> None:
    newer = make_score(signature="pixel|proto:default|n:500|v:2")
    text = render([make_result("a", scores=[make_score()]), make_result("b", scores=[newer])])
    assert "pixel/l1 ↓ (v:1)" in text
    assert "pixel/l1 ↓ (v:2)" in text
    same = make_score(signature="pixel|proto:default|n:500|v:1")
    assert "(v:" not in render([make_result("a", scores=[make_score()]), make_result("b", scores=[same])])


def test_equal_names_are_told_apart_by_their_run(make_result: MakeResult) -> None:
    text = render([make_result(run_id="aaaaaaaaaaaa"), make_result(run_id="bbbbbbbbbbbb")])
    assert "aaaaaaaaaaaa" in text
    assert "bbbbbbbbbbbb" in text
    assert "0123456789ab" not in render([make_result("a"), make_result("b")])


def test_no_terminal_width_breaks_a_number(make_result: MakeResult) -> None:
    scores = [make_score(f"n{index}", 0.1 * index + 0.1) for index in range(9)]
    results = [make_result("a", scores=scores), make_result("b" * 60, scores=scores)]
    whole = NUMBER.findall(render(results))
    assert len(whole) == 18
    for width in (20, 60, 100, 140):
        text = render(results, width=width)
        assert sorted(NUMBER.findall(text)) == sorted(whole)
        if width >= 100:
            table = text.split("\nSignature")[0].splitlines()
            assert max(map(len, table)) <= width


def test_text_does_not_depend_on_the_terminal(
    make_result: MakeResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = render([make_result("a"), make_result("b")])
    for name, value in {"COLUMNS": "20", "FORCE_COLOR": "1", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    assert render([make_result("a"), make_result("b")]) == expected
    assert "\x1b" not in expected


def test_csv_holds_numbers_in_full(make_result: MakeResult) -> None:
    third = make_score("l1", 1 / 3)
    (row,) = rows_of(render([make_result(scores=[third])], "csv"))
    assert float(row["value"]) == 1 / 3
    assert (float(row["ci_low"]), float(row["ci_high"])) == (third.ci_low, third.ci_high)
    assert row["higher_is_better"] == "false"
    wide = rows_of(render([make_result("a", scores=[third]), make_result("b", scores=[third])], "csv"))
    assert [float(row["pixel/l1/all"]) for row in wide] == [1 / 3, 1 / 3]
    assert float(wide[0]["pixel/l1/all_low"]) == third.ci_low


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("count", [1, 2])
def test_hostile_names_stay_text(make_result: MakeResult, form: str, count: int) -> None:
    results = [make_result(HOSTILE, run_id=f"{index:012d}") for index in range(count)]
    results[0] = make_result(HOSTILE, scores=[make_score(slice=HOSTILE), make_score()])
    text = render(results, form, slices="every")
    assert "\x1b" not in text
    assert "<script>" not in text or form in {"text", "csv"}
    if form == "csv":
        table = list(csv.reader(io.StringIO(text)))
        assert len({len(row) for row in table}) == 1
        assert not [cell for row in table for cell in row if cell[:1] in {"=", "+", "@"}]
    if form == "md":
        table_lines = [line for line in text.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table_lines}) == 1
    if form == "latex":
        body = text.split("\\midrule")[1].split("\\bottomrule")[0]
        assert "\\input" not in body
        assert "\\textbackslash{}input\\{x\\}\\_\\$\\&" in text
    if form == "html":
        assert "script" not in Cells(text).tags
    if form == "text":
        assert "[red]" in text


def test_a_formula_in_a_cell_is_disarmed(make_result: MakeResult) -> None:
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "  =1"):
        (row,) = rows_of(render([make_result(name, scores=[make_score()])], "csv"))
        assert row["model"].startswith("'")
    negative = make_score("l1", -0.5)
    (row,) = rows_of(render([make_result(scores=[negative])], "csv"))
    assert row["value"] == "-0.5"


def test_markdown_and_latex_have_the_shape_of_a_table(make_result: MakeResult) -> None:
    results = [make_result("a_1"), make_result("b")]
    lines = render(results, "md").splitlines()
    assert lines[1] == "| --- | --- | --- | ---: | ---: | ---: |"
    assert lines[2].startswith("| a\\_1 | codraw@1 | test | 1,002 | 0.2500 [0.2400, 0.2600] |")
    tex = render(results, "latex")
    assert "\\begin{tabular}{lllrrr}" in tex
    assert "a\\_1 & codraw@1 & test & 1,002 & 0.2500 {[}0.2400, 0.2600{]} & " in tex
    assert tex.count("\\\\\n") == 3


def test_html_names_its_rows_and_columns(make_result: MakeResult) -> None:
    text = render([make_result()], "html")
    assert Cells(text).rows[1] == ["pixel/l1", "0.2500", "[0.2400, 0.2600]", "1,002", "↓ lower"]
    assert text.count('scope="col"') == 5
    assert text.count('scope="row"') == 2
    assert "<caption>" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0000"),
        (-0.00001, "-0.000010"),
        (0.00012345, "0.00012"),
        (12345.678, "12345.68"),
        (100.0, "100.00"),
        (-2.22e-16, "-2.2e-16"),
        (1e300, "1.0e+300"),
        (-123456789.25, "-123456789.25"),
    ],
)
def test_a_small_number_keeps_two_digits(make_result: MakeResult, value: float, shown: str) -> None:
    score = make_score("l1", value, ci_low=None, ci_high=None)
    assert f" {shown} " in render([make_result(scores=[score])])


def test_parts_and_diagnostics_are_shown_when_their_metric_is_named(make_result: MakeResult) -> None:
    result = make_result(scores=[make_score("l1", 0.25), make_score("psnr", 21.5, detail=True)])
    short, whole = render([result]), render([result], metrics=["pixel"])
    assert "pixel/psnr" not in short
    assert "parts and diagnostics are not shown, 1 of them: name their metric to see them (pixel)" in short
    assert "pixel/psnr" in whole
    assert "not shown" not in whole
    assert "pixel/psnr" in render([result], metrics=["pixel/psnr"])


def test_rounding_and_a_huge_number_do_not_widen_the_column_of_others(make_result: MakeResult) -> None:
    results = [make_result(scores=[make_score("l1", value)]) for value in (1e-16, 0.25, 1e300)]
    table = render(results)
    assert "0.2500 [" in table
    assert "1.0e-16 [" in table
    assert max(map(len, table.splitlines())) < 150


def test_a_remark_names_its_model_where_others_have_it_not(make_result: MakeResult) -> None:
    first, second = make_result(), make_result()
    model = first.model.model_copy(update={"name": "other"})
    first = first.model_copy(update={"remarks": ["pixel: of all", "pixel: of one"], "model": model})
    second = second.model_copy(update={"remarks": ["pixel: of all"]})
    lines = render([first, second]).splitlines()
    assert "pixel: of all" in lines
    assert "pixel: of one (other)" in lines


@pytest.mark.parametrize("form", FORMATS)
def test_remarks_stand_below_the_numbers_that_they_are_of(make_result: MakeResult, form: str) -> None:
    remarks = ["pixel: one image <b>twice</b>", "fid: five samples"]
    result = make_result().model_copy(update={"remarks": remarks})
    table = render([result], form)
    assert ("one image" in table) == (form != "csv")
    assert "five samples" not in table
    assert "<b>" not in table or form != "html"
