"""Comparisons: against the paired tests themselves, and what is never compared in silence."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from two_runs import changed_copy, result_alone

import cfbench
from cfbench.comparing import compare
from cfbench.comparing.pairing import PairedEvidence, metric_of
from cfbench.errors import UsageError
from cfbench.execution.evidence import as_evidence, load_evidence
from cfbench.metrics import Evidence, MeanMetric, Number
from cfbench.statistics import holm, mcnemar, paired_bootstrap, paired_permutation

Runs = tuple[Path, Path]


def by_address(value: dict[str, Any], address: str) -> dict[str, Any]:
    return next(s for s in value["scores"] if f"{s['metric']}/{s['name']}/{s['slice']}" == address)


def test_it_is_what_the_paired_tests_say(runs: Runs) -> None:
    found = cfbench.compare(*runs, resamples=300, permutations=200)
    rows = [as_evidence(load_evidence(folder, "pixel")) for folder in runs]
    metric = metric_of(cfbench.load(runs[0]).score("pixel/l1/all").signature)
    one = found.difference("pixel/l1/all")
    bounds = paired_bootstrap(metric, *rows, seed=0, resamples=300)["l1"]
    swaps = paired_permutation(metric, *rows, seed=0, permutations=200)["l1"]
    assert one.paired
    assert (one.ci_low, one.ci_high) == bounds.interval
    assert one.p_bootstrap == bounds.p_value
    assert one.p_permutation == one.p_value == swaps.p_value
    assert one.test == "permutation"
    assert one.units == 8
    assert one.difference == pytest.approx(bounds.difference)
    assert one.gain is not None
    assert one.gain == -(one.difference or 0) > 0
    assert [one.p_adjusted for one in found.differences] == holm([one.p_value for one in found.differences])


def test_without_swaps_the_bootstrap_stands_in(runs: Runs) -> None:
    one = cfbench.compare(*runs, resamples=2000, permutations=0).difference("pixel/l1/all")
    assert one.p_permutation is None
    assert one.test == "bootstrap"
    assert one.p_value == one.p_bootstrap == 2 / 2001
    assert one.reading == "better"


def test_the_samples_that_moved_most_come_first(runs: Runs) -> None:
    found = cfbench.compare(*runs, resamples=0, permutations=0).difference("pixel/l1/all")
    rows = [load_evidence(folder, "pixel") for folder in runs]
    change = {a["sample"]: b["l1"] - a["l1"] for a, b in zip(*rows, strict=True)}
    assert found.samples_changed == 8
    assert [one.sample for one in found.changed] == sorted(change, key=lambda s: (-abs(change[s]), s))
    assert found.changed[0].change == pytest.approx(change[found.changed[0].sample])


def test_a_result_equals_itself(runs: Runs) -> None:
    found = cfbench.compare(runs[0], runs[0], resamples=50, permutations=50, slices="every")
    assert {one.reading for one in found.differences} == {"equal"}
    assert {one.p_value for one in found.differences} == {1.0}
    assert {one.samples_changed for one in found.differences} == {0}
    assert found.remarks == ["both hold the same predictions"]


def test_the_other_way_round_is_the_same_with_another_sign(runs: Runs) -> None:
    there, back = (cfbench.compare(*pair, resamples=100, permutations=100) for pair in (runs, runs[::-1]))
    for one, other in zip(there.differences, back.differences, strict=True):
        assert one.difference == -(other.difference or 0)
        assert one.ci_low == pytest.approx(-(other.ci_high or 0))
        assert one.p_value == other.p_value


def test_without_evidence_intervals_are_put_together(runs: Runs, tmp_path: Path) -> None:
    alone = result_alone(runs[1], tmp_path / "new.json")
    one = cfbench.compare(runs[0], alone).difference("pixel/l1/all")
    a, b = (cfbench.load(folder).score("pixel/l1/all") for folder in runs)
    assert not one.paired
    assert one.p_value is None
    assert one.unpaired_because == "no evidence lies beside the result of Noisy"
    assert a.value is not None
    assert b.value is not None
    half = math.hypot(b.value - (b.ci_low or 0), (a.ci_high or 0) - a.value)
    assert one.ci_low == pytest.approx(b.value - a.value - half)


def test_a_result_object_has_no_evidence(runs: Runs) -> None:
    found = cfbench.compare(cfbench.load(runs[0]), cfbench.load(runs[1]))
    assert {one.paired for one in found.differences} == {False}


def test_a_result_file_inside_its_run_finds_the_evidence(runs: Runs) -> None:
    found = cfbench.compare(*(folder / "result.json" for folder in runs), resamples=10, permutations=10)
    assert {one.paired for one in found.differences} == {True}


def test_changed_evidence_is_not_used(runs: Runs, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(runs[1], copy)
    for path in (copy / "evidence").glob("pixel--*"):
        path.write_bytes((runs[0] / "evidence" / path.name).read_bytes())
    one = compare(runs[0], copy).difference("pixel/l1/all")
    assert not one.paired
    assert "is not what its result was scored from" in (one.unpaired_because or "")


def test_values_that_the_evidence_does_not_give_are_not_paired(runs: Runs, tmp_path: Path) -> None:
    def flatter(value: dict[str, Any]) -> None:
        by_address(value, "pixel/l1/all")["value"] *= 1.0001

    one = compare(runs[0], changed_copy(runs[1], tmp_path / "copy", flatter)).difference("pixel/l1/all")
    assert not one.paired
    assert "they were scored by other code" in (one.unpaired_because or "")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "other", "the data sets differ: mock@1 and other@1"),
        ("version", "2", "the data sets differ: mock@1 and mock@2"),
        ("split", "val", "the splits differ: test and val"),
        ("fingerprint", "f" * 64, "the samples differ"),
        ("options", {"turns": "9"}, "the options of mock differ: none and turns=9"),
        ("subset", 8, "the limits differ: the whole split and its first 8"),
    ],
)
def test_other_samples_are_never_compared(
    runs: Runs, tmp_path: Path, field: str, value: Any, words: str
) -> None:
    other = changed_copy(runs[1], tmp_path / "copy", lambda result: result["dataset"].update({field: value}))
    found = compare(runs[0], other)
    assert words in found.obstacles[0]
    assert {one.reading for one in found.differences} == {"not comparable"}
    assert {one.difference for one in found.differences} == {None}
    assert {one.ci_low for one in found.differences} == {None}


def test_models_of_two_shares_of_the_training_data_are_compared_and_it_is_said(
    runs: Runs, tmp_path: Path
) -> None:
    half = {"train_share": "1/2", "train_draw": "0"}
    other = changed_copy(runs[1], tmp_path / "copy", lambda result: result["dataset"].update(options=half))
    found = compare(runs[0], other)
    assert found.obstacles == []
    assert found.difference("pixel/l1/all").paired
    said = "what the models learned from differs: none and train_draw=0, train_share=1/2"
    assert said in found.remarks


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("|v:1", "|v:2", "the versions of the metric differ: 1 and 2"),
        ("|proto:torchmetrics", "|proto:own", "the protocols differ: torchmetrics and own"),
        ("|n:", "|det:eye@1:abcd|n:", "what was looked through differs: nothing and det:eye@1:abcd"),
    ],
)
def test_a_number_of_another_signature_has_no_difference(
    runs: Runs, tmp_path: Path, old: str, new: str, words: str
) -> None:
    def change(result: dict[str, Any]) -> None:
        score = by_address(result, "pixel/l1/all")
        score["signature"] = score["signature"].replace(old, new)

    found = compare(runs[0], changed_copy(runs[1], tmp_path / "copy", change))
    assert found.difference("pixel/l1/all").not_comparable == words
    assert found.difference("pixel/l1/all").difference is None
    assert found.difference("pixel/l2/all").paired


def test_teacher_forcing_and_incomplete_results_are_obstacles(runs: Runs, tmp_path: Path) -> None:
    forced = changed_copy(runs[1], tmp_path / "forced", lambda r: r["protocol"].update(teacher_forced=True))
    assert compare(runs[0], forced).obstacles == ["only the second result was teacher-forced"]

    def lose(result: dict[str, Any]) -> None:
        result.update(complete=False, missing=["test_00000"])
        for score in result["scores"]:
            score.update(value=None, ci_low=None, ci_high=None, reason="a sample is missing")

    lost = compare(runs[0], changed_copy(runs[1], tmp_path / "lost", lose))
    assert lost.obstacles == ["the second result is incomplete: 1 samples failed or are missing"]
    assert lost.incomplete


def test_a_number_of_one_side_only_is_said(runs: Runs, tmp_path: Path) -> None:
    def drop(result: dict[str, Any]) -> None:
        result["scores"] = [score for score in result["scores"] if score["name"] != "l1"]

    found = compare(runs[0], changed_copy(runs[1], tmp_path / "copy", drop))
    assert found.difference("pixel/l1/all").not_comparable == "only the first result has it"


def test_unknown_metrics_and_slices_are_refused(runs: Runs) -> None:
    with pytest.raises(UsageError, match="did you mean pixel"):
        compare(*runs, metrics=["pixle"])
    with pytest.raises(UsageError, match="no slice in these results 'turn-77'"):
        compare(*runs, slices="turn-77")


class Right(MeanMetric):
    """The share of right answers."""

    name, version, tasks, summary, reference = "right", 1, ("vqa",), "", ""
    numbers = {"right": Number("share", higher_is_better=True, range=(0.0, 1.0))}  # noqa: RUF012

    def evidence(self, scored: Any) -> list[dict[str, Any]]:
        raise NotImplementedError


@pytest.mark.parametrize("repeated", [False, True])
def test_mcnemar_where_each_unit_has_one_answer(repeated: bool) -> None:
    random = np.random.default_rng(1)
    answers = [(random.random(60) < share).astype(float) for share in (0.5, 0.8)]
    names = np.array([f"s{i // 2 if repeated else i:02d}" for i in range(60)], dtype=object)
    rows = [Evidence.of({"sample": names, "right": values}) for values in answers]
    shuffled = rows[1].where(random.permutation(60))
    stated = {"right": float(answers[1].mean() - answers[0].mean())}
    paired = PairedEvidence(Right(), {"all": rows[0]}, {"all": shuffled})
    found = paired.tests("all", stated, resamples=10, permutations=10, level=0.95)["right"]
    assert not isinstance(found, str)
    expected = None if repeated else mcnemar(answers[0] == 1, answers[1] == 1).p_value
    assert found.p_mcnemar == expected


def test_a_metric_that_is_not_at_hand_is_named() -> None:
    with pytest.raises(UsageError, match="metric 'nobody-has-it' is not at hand here"):
        metric_of("nobody-has-it|proto:default|n:3|v:1")
    with pytest.raises(UsageError, match="this cfbench has version 1 of pixel, and they have 7"):
        metric_of("pixel|proto:torchmetrics|n:3|v:7")


def test_the_command_compares_without_torch(runs: Runs, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules.update(torch=None, scipy=None)\n"
        "from cfbench.cli import main; main(sys.argv[1:])"
    )

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, "compare", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)

    few = ("--resamples", "50", "--permutations", "50")
    done = run(*map(str, runs), *few, "--json")
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert {one["paired"] for one in value["differences"]} == {True}
    other = changed_copy(runs[1], tmp_path / "copy", lambda result: result["dataset"].update(split="val"))
    refused = run(str(runs[0]), str(other), *few)
    assert refused.returncode == 2
    assert "the splits differ" in refused.stderr
    assert "not comparable" in refused.stdout


def test_no_code_that_a_result_names_is_run(tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.py"
    stranger.write_text(f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n")
    with pytest.raises(UsageError, match="not at hand here"):
        metric_of(f"{stranger}:Stranger|proto:default|n:8|v:1")
    assert not (tmp_path / "ran").exists()
