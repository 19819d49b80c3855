"""The page of several results."""

from __future__ import annotations

import re
import shutil
from html import unescape
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from two_runs import changed_copy, result_alone, two_runs

from cfbench.cli.report_ import command
from cfbench.comparing.sides import Side
from cfbench.errors import UsageError
from cfbench.published import tables
from cfbench.report import _shares
from cfbench.report.page import Gathered, PageOptions, gather, page_html
from cfbench.report.page.gathering import groups_of
from cfbench.report.page.published import beside
from cfbench.reporter import silent
from cfbench.results import Failure
from cfbench.weights import Card, File

from .conftest import make_score
from .test_html import HOSTILE, Page

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.results import Result

    from .conftest import MakeResult

NOTHING = PageOptions(examples=0)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> tuple[Path, Path]:
    """The folders of a worse and of a better run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFBENCH_CACHE", str(shared_cache))
        return two_runs(tmp_path_factory.mktemp("runs"))


def page(sides: list[Side], options: PageOptions = NOTHING) -> str:
    return page_html(Gathered(tuple(sides), ()), options, reporter=silent)


def test_runs_are_found_in_a_folder_and_each_once(runs: tuple[Path, Path], tmp_path: Path) -> None:
    folder = runs[0].parent
    assert len(gather([folder, runs[0], runs[0] / "result.json"]).sides) == 2
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "plan.json").write_text("{}")
    broken = tmp_path / "inner" / "broken"
    broken.mkdir(parents=True)
    (broken / "result.json").write_text("{")
    shutil.copytree(runs[1], tmp_path / "inner" / "whole")
    found = gather([tmp_path])
    assert [side.folder for side in found.sides] == [tmp_path / "inner" / "whole"]
    assert found.left_out[0].endswith("begun holds no result yet")
    assert len(found.left_out) == 2


def test_without_a_result_there_is_no_page(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        gather([tmp_path])


def test_results_of_other_samples_stand_apart(make_result: MakeResult) -> None:
    sides = [Side(make_result("a")), Side(make_result("b")), Side(make_result("a", dataset="other"))]
    groups = groups_of(sides)
    assert [[entry.label for entry in group.entries] for group in groups] == [["a", "b"], ["a"]]
    text = page(sides)
    assert [section["id"] for section in Page(text).all("h2")] == ["group-1", "group-2"]


def test_models_of_one_name_are_told_apart_by_their_runs(make_result: MakeResult) -> None:
    sides = [Side(make_result("a", run_id="0" * 12)), Side(make_result("a", run_id="f" * 12))]
    assert [entry.label for entry in groups_of(sides)[0].entries] == ["a (000000)", "a (ffffff)"]


def test_every_link_leads_to_something_on_the_page(make_result: MakeResult) -> None:
    text = page([Side(make_result("a")), Side(make_result("b")), Side(make_result("a", dataset="other"))])
    tags = Page(text).seen
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    links = [attributes["href"] or "" for tag, attributes in tags if tag == "a"]
    assert len(ids) == len(set(ids))
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_a_number_leads_to_its_signature_and_command(make_result: MakeResult) -> None:
    text = page([Side(make_result("a")), Side(make_result("b"))])
    rows = re.findall(r'<tr id="(run-2-0)">(.*?)</tr>', text, flags=re.DOTALL)
    assert 'href="#run-2-0"' in text
    assert "pixel|proto:default|n:1002|v:1" in rows[0][1]
    behind = text[text.index('id="run-2"') :]
    for shown in ("cfbench run --model b", "b" * 64, "c" * 64, "Python 3.11.9", "seed 7"):
        assert shown in behind


def marks(text: str) -> list[str]:
    return re.findall(r'<td class="number (best|tied)">', text)


def test_the_best_is_marked_only_where_intervals_part_it(make_result: MakeResult) -> None:
    def side(name: str, value: float) -> Side:
        return Side(make_result(name, scores=[make_score("psnr", value)]))

    assert marks(page([side("a", 0.2), side("b", 0.5)])) == ["best"]
    assert marks(page([side("a", 0.495), side("b", 0.5), side("c", 0.1)])) == ["tied", "tied"]


def test_what_may_not_be_ranked_is_never_the_best(make_result: MakeResult) -> None:
    whole = [
        Side(make_result(name, scores=[make_score("psnr", at)])) for name, at in (("a", 0.2), ("b", 0.4))
    ]
    oracle = Side(make_result("oracle", scores=[make_score("psnr", 0.9)], needs_target=True))
    failed = [Failure(sample="bad", error="boom")]
    lost = Side(make_result("lost", scores=[make_score("psnr", 0.9)], failed=failed))
    text = page([lost, oracle, *whole])
    assert marks(text) == ["best"]
    assert text.index(">oracle †<") < text.index(">lost ¶<")
    assert "samples failed or are missing, so no number stands" in text
    assert "boom" in text


def test_differences_are_paired_where_evidence_is(runs: tuple[Path, Path], tmp_path: Path) -> None:
    paired = page(list(gather(runs).sides))
    assert "told apart" in paired
    assert "unpaired" not in paired
    alone = [result_alone(run, tmp_path / f"{run.name}.json") for run in runs]
    assert "unpaired" in page(list(gather(alone).sides))


def test_lines_by_turn_differ_by_more_than_colour(make_result: MakeResult) -> None:
    scores = [make_score(slice=f"turn-{turn}", value=0.1 * turn) for turn in (1, 2)]
    text = page([Side(make_result(name, scores=[make_score(), *scores])) for name in "ab"])
    svg = text[text.index("pixel/l1 by turn") :]
    assert "a: turn 1: 0.1000" in svg
    assert "<circle" in svg
    assert '<path class="dot s1"' in svg
    assert '<th scope="row">2</th><td>0.2000 [0.1900, 0.2100]</td>' in svg


def test_slices_stand_with_intervals(make_result: MakeResult) -> None:
    scores = [make_score(slice=name, value=value) for name, value in (("easy", 0.1), ("hard", 0.4))]
    text = page([Side(make_result(scores=[make_score(), *scores]))])
    assert 'aria-label="pixel/l1 ↓. easy: 0.1000 [0.0900, 0.1100], n 1,002. hard: 0.4000' in text


def test_shares_of_the_training_data_are_one_line(make_result: MakeResult) -> None:
    sides = [
        Side(make_result(name, scores=[make_score(value=value)]))
        for name, value in (("x", 0.1), ("x-train-50", 0.2), ("x-train-80", 0.15), ("y", 0.3))
    ]
    text = page(sides)
    assert (
        "pixel/l1 by % of the training data. 50 % of the training data: 0.2000 [0.1900, 0.2100], n 1,002; 80 %"
        in text
    )


def test_a_share_is_what_the_result_says_or_the_card_and_not_the_name(
    make_result: MakeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learned(value: float, **options: str) -> Side:
        result = make_result(
            "gs", scores=[make_score(value=value)], run_id=f"{value:.10f}"[-12:].replace(".", "0")
        )
        data = result.dataset.model_copy(update={"options": {"turns": "geneva", **options}})
        return Side(result.model_copy(update={"dataset": data}))

    sides = [learned(0.1, train_share="1"), learned(0.3, train_share="1/9"), learned(0.2, train_share="1/2")]
    (group,) = groups_of(sides)
    assert [entry.label for entry in group.entries] == [
        "gs (train_share=1)",
        "gs (train_share=1/9)",
        "gs (train_share=1/2)",
    ]
    assert group.options == "turns=geneva"
    assert re.search(r"by % of the training data\. 11\.1 %[^;]*0\.3000[^;]*; 50 %[^;]*; 100 %", page(sides))

    card = {"name": "painter", "dataset": "codraw@1", "licence": "MIT", "sha256": "d" * 64}
    monkeypatch.setattr(
        _shares,
        "every_file",
        lambda: [File(tmp_path, "", 1, Card.model_validate({**card, "split": "train-50"}))],
    )
    half, whole = (
        make_result(name, scores=[make_score(value=value)])
        for name, value in (("painter-train-80", 0.2), ("painter", 0.1))
    )
    half = half.model_copy(update={"model": half.model.model_copy(update={"weights_digest": "d" * 64})})
    assert "50 % of the training data: 0.2000" in page([Side(half), Side(whole)])


def test_two_models_of_one_share_make_no_line(make_result: MakeResult) -> None:
    names = ("x", "x-train-50", "x-train-50")
    sides = [
        Side(make_result(name, scores=[make_score(value=0.1 * at)], run_id=f"{at}" * 12))
        for at, name in enumerate(names, 1)
    ]
    assert "% of the training data." not in page(sides)


def test_published_numbers_stand_beside_those_of_the_twin(make_result: MakeResult) -> None:
    changes = {"metric": "objects", "signature": "objects|proto:geneva|n:1002|v:1"}
    score = make_score("precision", 0.8, **changes)
    twin = {"dataset": "iclevr-mini", "twin_of": "iclevr"}
    (group,) = groups_of([Side(make_result("geneva", scores=[score], **twin))])
    (table,) = beside(group)
    (row,) = table.rows
    assert (row.method, row.number) == ("geneva", "objects/precision (geneva)")
    assert (row.published, row.measured, row.interval) == ("0.7101", "0.8000", "[0.7900, 0.8100]")
    assert "levels of the two cannot be compared" in table.notes[0]
    (other,) = groups_of([Side(make_result("mine", scores=[score], **twin))])
    assert beside(other) == []
    (share,) = groups_of([Side(make_result("geneva-train-50", scores=[score], **twin))])
    assert beside(share) == []
    changed = {**twin, "dataset": "iclevr", "twin_of": None}
    (official,) = groups_of([Side(make_result("geneva", scores=[score], **changed))])
    assert not any("twin" in note for note in beside(official)[0].notes)


def test_every_measured_number_is_shown_where_its_model_is(make_result: MakeResult) -> None:
    """Of each published table in turn: a result that has all its numbers, by the model that is its row."""
    for name, each in tables().items():
        for model, data, split in dict.fromkeys((one.model, one.data, one.split) for one in each.measured):
            rows = [one for one in each.measured if (one.model, one.data, one.split) == (model, data, split)]
            scores = [
                make_score(
                    one.name, 0.5, metric=one.metric, slice=one.slice, signature=f"{one.metric}|n:1002|v:1"
                )
                for one in {(one.metric, one.name, one.slice): one for one in rows}.values()
            ]
            result = make_result(model, scores=scores, dataset=data)
            (group,) = groups_of([Side(_on_split(result, split))])
            (shown,) = beside(group, [name])
            assert len(shown.rows) == len(rows), (name, model, data)
            assert [row.published for row in shown.rows] == [
                f"{each.value(one.row, one.column, one.dataset) / one.divisor:.4f}" for one in rows
            ]
            assert each.unasked == (name in {one.title.rpartition("(")[2][:-1] for one in beside(group)})


def test_numbers_of_another_split_are_not_set_beside(make_result: MakeResult) -> None:
    changes = {"metric": "accuracy", "slice": "original", "signature": "accuracy|proto:default|n:1002|v:1"}
    result = make_result("gs", scores=[make_score("accuracy", 0.8, **changes)], dataset="imdb-cad")
    (group,) = groups_of([Side(result)])
    assert [row.published for row in beside(group)[0].rows] == ["0.8380"]
    (group,) = groups_of([Side(_on_split(result, "val"))])
    assert beside(group) == []


def _on_split(result: Result, split: str) -> Result:
    return result.model_copy(update={"dataset": result.dataset.model_copy(update={"split": split})})


def test_hostile_names_are_shown_and_not_obeyed(make_result: MakeResult) -> None:
    scores = [make_score(), *(make_score(slice=name) for name in (HOSTILE, "other"))]
    text = page([Side(make_result(HOSTILE, scores=scores)), Side(make_result("b", scores=scores))])
    tags = Page(text).seen
    assert not {"script", "img"} & {tag for tag, _ in tags}
    assert "\x1b" not in text
    assert "<script>alert(1)</script>" in unescape(text)


def test_a_metric_that_a_result_names_by_its_file_is_not_run(runs: tuple[Path, Path], tmp_path: Path) -> None:
    evil = tmp_path / "evil.py"
    evil.write_text(f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n")

    def name_a_file(value: dict[str, object]) -> None:
        for score in value["scores"]:  # type: ignore[attr-defined]
            score["signature"] = score["signature"].replace(score["metric"], f"{evil}:Evil")

    sides = [gather([changed_copy(run, tmp_path / run.name, name_a_file)]).sides[0] for run in runs]
    page(sides, PageOptions())
    assert not (tmp_path / "ran").exists()


def test_examples_are_the_best_the_worst_and_the_median(runs: tuple[Path, Path]) -> None:
    text = page(list(gather(runs).sides), PageOptions(metrics=("pixel/l1",), graphs=False))
    assert re.findall(r"<span>(\w+) by pixel/l1 \(", text) == ["best", "worst", "median"]
    assert text.count("<article") == 3


def test_changed_predictions_are_not_shown(runs: tuple[Path, Path], tmp_path: Path) -> None:
    copy = shutil.copytree(runs[0], tmp_path / "run")
    for path, other in zip(
        sorted((copy / "predictions").iterdir()), sorted((runs[1] / "predictions").iterdir()), strict=True
    ):
        shutil.copy(other, path)
    text = page([gather([copy]).sides[0]], PageOptions(graphs=False))
    assert "are not shown: its predictions are not those" in text
    assert "<article" not in text


def test_without_the_run_the_page_says_why_no_sample_is_shown(make_result: MakeResult) -> None:
    text = page([Side(make_result())], PageOptions())
    assert "No samples are shown: the run folders with the predictions are not here." in text


def test_the_command_writes_one_file(runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = CliRunner().invoke(command, [str(runs[0].parent), "--out", str(out), "--examples", "2"])
    assert done.exit_code == 0, done.output
    text = out.read_text(encoding="utf-8")
    tags = {tag for tag, _ in Page(text).seen}
    assert not {"script", "link", "iframe", "object", "form", "base"} & tags
    assert not re.search(r"(https?:)?//[a-z]|url\(|@import", re.sub(r"base64,[^\"]*", "", text))
    assert text.count("<article") == 2
