"""The two mock models run on every mock data set, with every metric that judges its kind of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kinds import DATASETS, KINDS

import cfbench
from cfbench.api import start_run
from cfbench.report.of_run import examples_of, write_run_report

if TYPE_CHECKING:
    from pathlib import Path

METRIC = (f"{KINDS}:Agreeing",)
SLICES = {
    "vqa": {"all", "what color", "is there", "how many"},
    "visual-cf": {"all", "what color", "is there", "how many"},
    "text-label": {"all", "original", "edited"},
    "image-labels": {"all", "original", "edited"},
}


@pytest.mark.parametrize("task", DATASETS)
def test_the_oracle_is_right_and_the_idle_model_is_not(task: str) -> None:
    name = DATASETS[task].name
    oracle = start_run("mock-oracle", {"dataset": name, "metric": METRIC, "resamples": 10})
    idle = cfbench.run("mock", name, metric=METRIC, resamples=10)
    assert oracle.result.task == idle.task == task
    assert oracle.result.complete
    assert idle.complete
    scores = {score.slice: score for score in oracle.result.scores}
    assert set(scores) == SLICES.get(task, {"all"})
    assert {score.value for score in scores.values()} == {1.0}
    assert scores["all"].n == 8
    assert idle.score("agreeing/right/all").value < 0.5
    assert "the model is given the targets" in oracle.result.unranked_because
    assert idle.unranked_because == []
    write_run_report(oracle)
    assert "agreeing" in (oracle.folder / "report.html").read_text()
    assert all(example.film or example.facts for example in examples_of(oracle).examples)
    assert examples_of(oracle).examples


@pytest.mark.parametrize("task", DATASETS)
def test_shards_and_batches_change_nothing(task: str, tmp_path: Path) -> None:
    name = DATASETS[task].name
    options = {"metric": METRIC, "resamples": 5}
    plain = cfbench.run("mock", name, **options, out=tmp_path / "plain")
    cut = cfbench.run("mock", name, **options, out=tmp_path / "cut", batch_size=3, shards=3)
    assert plain.scores == cut.scores
    assert plain.predictions_digest == cut.predictions_digest
    assert plain.evidence_digests == cut.evidence_digests


@pytest.mark.parametrize("task", DATASETS)
def test_a_run_scores_again_to_the_same(task: str) -> None:
    name = DATASETS[task].name
    run = start_run("mock", {"dataset": name, "metric": METRIC, "resamples": 0})
    again = cfbench.score(run.folder, name, metric=METRIC, resamples=0)
    assert again.scores == run.result.scores
    assert again.predictions_digest == run.result.predictions_digest


@pytest.mark.parametrize("task", DATASETS)
@pytest.mark.parametrize("model", ["mock", "mock-oracle"])
def test_a_run_without_arguments_finds_its_metrics_and_networks(task: str, model: str) -> None:
    result = cfbench.run(model, DATASETS[task].name, resamples=5)
    assert result.complete
    assert all(detector.self_check >= detector.floor for detector in result.detectors)


@pytest.mark.parametrize("task", ["pair-cf", "visual-cf", "image-labels"])
def test_vectors_as_evidence_survive_cuts_and_a_resumed_run(task: str, tmp_path: Path) -> None:
    options = {"dataset": DATASETS[task].name, "resamples": 5, "batch_size": 2}
    plain = start_run("mock", {**options, "shards": 1, "out": tmp_path / "plain"})
    cut = start_run("mock", {**options, "shards": 4, "out": tmp_path / "cut"})
    lost = sorted(cut.folder.glob("evidence/*.parquet"))[1::3]
    for path in lost:
        path.unlink()
    again = start_run("mock", {**options, "shards": 4, "out": tmp_path / "cut"})
    assert lost
    assert again.folder == cut.folder
    wanted = (plain.folder / "result.json").read_bytes()
    assert [(run.folder / "result.json").read_bytes() for run in (cut, again)] == [wanted] * 2


def test_teacher_forcing_is_for_editing() -> None:
    with pytest.raises(cfbench.errors.UsageError, match="--teacher-forced is for the task 'edit'"):
        cfbench.run("mock", "mock-vqa", teacher_forced=True)
