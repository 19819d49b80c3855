"""The tables and figures of SSCR: what they ask for, and what they show where trainings are there or are not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cfbench.detectors import Detection
from cfbench.metrics.base import NamedDetector, Scored
from cfbench.published import table
from cfbench.reproduction import Lacking, Settings, Workshop
from cfbench.reproduction.arms import Training
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget
from cfbench_models.sscr import reproduction
from cfbench_models.sscr.reproduction.held_out import HELD_OUT, HeldOut
from cfbench_models.sscr.reproduction.methods import (
    CTC,
    EXPLAINER,
    GENEVA,
    SSCR,
    at_share,
    cells_of,
    equal_subset,
    zero_shot,
)
from cfbench_models.sscr.reproduction.strips import counterfactuals

EVERY = [getattr(reproduction, name) for name in reproduction.__all__]


@pytest.fixture(autouse=True)
def _nothing_installed(tmp_path, monkeypatch):
    """No weights at all, not even those of the package."""
    monkeypatch.setattr("cfbench.weights.finding.folders", list)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def work():
    return Workshop(Settings(threads=1, limit=4, resamples=20), "iclevr-mini")


def line(arm, **more):
    return Training(arm, "iclevr-mini", "cpu", None, Path("training"), **more).lines()


def test_each_has_a_published_counterpart_and_data_sets():
    for cls in EVERY:
        assert table(cls.name).name == cls.name
        assert cls.summary
        assert cls.datasets
    assert len({cls.name for cls in EVERY}) == 10


def test_a_share_of_the_data_is_a_share_for_all_that_is_needed():
    lines = line(at_share(SSCR, 50))
    assert [each.split()[2] for each in lines] == ["geneva", "explainer", "sscr"]
    assert all("--option split=train-50" in each and "--train-50" in each for each in lines)
    assert "--option start=training/geneva--iclevr-mini--cpu--0--train-50/geneva-iclevr-mini" in lines[-1]
    assert at_share(SSCR, 50).key == "sscr@50"
    assert at_share(SSCR, 100).split == ""


def test_the_controls_of_table_5_differ_in_one_thing():
    unseen, subset = line(zero_shot(CTC)), line(equal_subset(CTC, 4380))
    assert all("split=train-zero-shot" in each for each in unseen)
    assert all("--option samples=4380" in each and "subset-4380" in each for each in subset)
    assert not any("split=" in each for each in subset)
    assert table("sscr/table5").value(zero_shot(CTC).key, "f1") == 43.91
    assert table("sscr/table5").value(equal_subset(CTC, 9).key, "f1") is None


def test_lines_can_be_typed():
    import click

    from cfbench.cli import cli

    context = click.Context(cli)
    train = cli.get_command(context, "train")
    away = line(SSCR, flags=("--data-root", "a folder", "--device", "cuda"))
    assert all(each.endswith("--data-root 'a folder' --device cuda") for each in away)
    for each in [*line(at_share(SSCR, 80)), *line(equal_subset(SSCR, 10))]:
        train.make_context("train", each.split()[2:], parent=context)


@pytest.mark.parametrize("cls", [reproduction.Table2, reproduction.Table4, reproduction.Figure4])
def test_without_trainings_every_row_keeps_its_published_number_and_says_what_to_type(cls, work, monkeypatch):
    measure = Workshop.measure
    monkeypatch.setattr(  # the baselines would learn from all of the data
        Workshop,
        "measure",
        lambda self, arm, metrics: measure(self, arm, metrics) if arm.trained else Lacking(arm, "left out"),
    )
    outcome = cls().run(work)
    assert all(cell.value is None and cell.reason for cell in outcome.cells)
    for number in table(cls.name).numbers:
        if number.dataset == "iclevr" and number.column in {"f1", "relsim"}:
            assert any(
                cell.published == pytest.approx(number.value / 100) and cell.number.startswith(number.column)
                for cell in outcome.cells
            )
    assert any("cfbench train sscr" in reason for reason in outcome.missing)
    assert "0.0000" not in outcome.text()


def test_figure_4_draws_what_was_published_alone(work):
    figures = reproduction.Figure4().run(work).figures
    assert [figure.stem for figure in figures] == ["f1", "relsim"]
    assert "GeNeVA, published" in figures[0].svg
    assert "0.5262" in figures[0].svg


def test_table_3_stands_the_published_ppl_beside_the_cross_entropy(work):
    cells = reproduction.Table3().run(work).cells
    said = {(cell.method, cell.number): cell.published for cell in cells}
    assert said["explainer, 100 %", "cross_entropy"] == 0.1073
    assert said["explainer, 50 %", "bleu"] == pytest.approx(0.48763)
    assert said["explainer, 100 %", "perplexity"] is None


def test_table_1_counts_the_training_instructions(work):
    cells = {(cell.method, cell.number): cell for cell in reproduction.Table1().run(work).cells}
    assert cells["color", "examples"].published == "blue, purple"
    assert cells["color", "share of instructions with one"].value == 1.0
    assert cells["color", "examples"].n == 20
    outcome = reproduction.Table1().run(work)
    assert outcome.subset
    assert "blue, purple" in outcome.text()


def history(*values):
    entries = [
        {
            "checkpoint": number,
            "steps": 100 * number,
            "f1": f1,
            "edges": 0.7,
            "losses": {"generator": -0.1 * number, "consistency": 2.0 / number},
        }
        for number, f1 in enumerate(values, 1)
    ]
    return json.dumps({"history": entries})


def test_figures_5_and_7_are_drawn_from_the_log_of_the_training(work):
    lacking = reproduction.Figure5().run(work)
    assert "the log of its training is not in training/sscr-ctc--iclevr-mini--cpu--0" in lacking.missing[0]
    assert lacking.missing[0].count("cfbench train") == 3
    for arm in (CTC, at_share(SSCR, 50)):
        folder = Training(arm, "iclevr-mini", "cpu", None, Path("training")).folder
        folder.mkdir(parents=True)
        (folder / "state.json").write_text(history(0.4, 0.6, 0.5))
    five, seven = reproduction.Figure5().run(work), reproduction.Figure7().run(work)
    assert [(cell.method, cell.value) for cell in five.cells] == [
        ("L_G", -0.1), ("L_G", pytest.approx(-0.3)), ("L_E", 2.0), ("L_E", pytest.approx(2 / 3)),
    ]  # fmt: skip
    assert five.figures[0].stem == "losses"
    assert seven.cells[0].published == 700
    assert (seven.cells[0].value, seven.cells[1].value, seven.cells[2].value) == (200, 0.6, 0.5)


def test_a_log_of_another_kind_is_refused(work):
    folder = Training(CTC, "iclevr-mini", "cpu", None, Path("training")).folder
    folder.mkdir(parents=True)
    (folder / "state.json").write_text('{"history": [{"epoch": 1}]}')
    with pytest.raises(Exception, match="no state of such a training"):
        reproduction.Figure5().run(work)


def test_counterfactual_instructions_keep_what_came_before(work):
    inputs, told = counterfactuals(work.dataset, 0)
    true, *others = inputs
    assert len(others) == len(told) == 4
    for each in others:
        assert each.instructions[:-1] == true.instructions[:-1]
        assert each.instructions[-1] != true.instructions[-1].lower()
        assert np.array_equal(each.previous[-1], true.previous[-1])
    assert all("→" in text for text in told)


class Known:
    """Sees what is written into the first pixels."""

    classes = ("cube gray", "cube blue", "sphere green")
    floor, version, mark = 0.5, "1", "det"

    def detect(self, images):
        return [Detection(image[0, :3, 0] / 1.0, np.zeros((3, 2))) for image in images]


def held_out_scores(*pairs):
    """Of (seen, true) presences."""

    def image(presence):
        made = np.zeros((4, 4, 3), np.uint8)
        made[0, :3, 0] = presence
        return made

    metric = HeldOut(None, {"objects": NamedDetector("known", Known(), None, None)})
    scored = [
        Scored(str(n), EditInputs(str(n), image((0, 0, 0)), ("x",)), EditTarget((image(true),), ((),)), EditPrediction((image(seen),)))
        for n, (seen, true) in enumerate(pairs)
    ]  # fmt: skip
    return metric.evidence(scored)


def test_held_out_objects_are_scored_alone():
    rows = held_out_scores(((1, 1, 0), (1, 0, 1)), ((0, 1, 0), (0, 1, 0)), ((1, 0, 0), (0, 1, 0)))
    assert [row["recall"] for row in rows] == [0.5, None, None]
    assert [row["precision"] for row in rows] == [1.0, None, 0.0]


def test_the_held_out_objects_are_those_of_the_data_set(work):
    classes = work.dataset.painter().classes
    assert {classes[label] for label in work.dataset.held_out} == HELD_OUT


def test_cells_of_an_arm_that_lacks_its_training_have_no_number(work):
    cells = cells_of(work, "sscr/table2", Lacking(GENEVA, "type this"))
    assert [cell.published for cell in cells][:2] == pytest.approx([0.7101, 0.4261])
    assert {cell.reason for cell in cells} == {"type this"}
    assert all(cell.value is None for cell in cells)
    other = cells_of(work, "sscr/table2", Lacking(replace(EXPLAINER, key="none"), "x"))
    assert {cell.published for cell in other} == {None}
