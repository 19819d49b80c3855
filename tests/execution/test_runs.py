"""A run: what it writes, what it refuses, and that nothing but the work decides its numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import EDITORS, result_bytes, run_mock

import cfbench
from cfbench.api import start_run
from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.reporter import LogReporter
from cfbench.tasks.edit import EditPrediction


def test_oracle_is_perfect_and_never_ranked() -> None:
    result = run_mock("oracle").result
    assert result.score("mock/exact/all").value == 1.0
    assert result.score("pixel/psnr/all").value == 100.0
    assert result.score("pixel/l1/turn-3").value == 0.0
    assert result.complete
    assert "the model is given the targets" in result.unranked_because


def test_python_and_load_give_the_same_result() -> None:
    result = cfbench.run("mock", "mock", metric=("mock",))
    folder = next(Path("results").iterdir())
    assert cfbench.load(folder) == result == cfbench.load(folder / "result.json")


@pytest.mark.parametrize("shards", [1, 4, 9])
@pytest.mark.parametrize("workers", [1, 2])
def test_shards_and_workers_change_no_byte(shards: int, workers: int, tmp_path: Path) -> None:
    metrics = ("pixel", f"{EDITORS}:Untidy")
    plain = run_mock("random-edit", batch_size=1, metric=metrics, out=tmp_path / "plain")
    options = {"batch_size": 1, "metric": metrics, "shards": shards, "workers": workers}
    cut = run_mock("random-edit", **options, out=tmp_path / "cut")
    assert result_bytes(plain) == result_bytes(cut)
    assert len(list((cut.folder / "predictions").iterdir())) == min(shards, 8)


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_batch_size_changes_no_score(batch_size: int) -> None:
    reference = run_mock("random-edit").result
    result = run_mock("random-edit", batch_size=batch_size).result
    assert result.scores == reference.scores
    assert result.predictions_digest == reference.predictions_digest
    assert result.protocol.batch_size == batch_size


def test_the_precision_of_networks_that_look_is_not_told_to_a_model() -> None:
    """It is no part of what predictions are known by."""

    class Told:
        def setup(self, context: Any) -> None:
            self.precision = context.precision

        def predict(self, batch: Any) -> Any:
            assert self.precision == "fp32"
            return [EditPrediction((one.start,) * len(one.instructions)) for one in batch]

    assert run_mock(Told(), precision="bf16").result.complete


def test_seed_is_part_of_what_ran() -> None:
    one, two = run_mock("random-edit", seed=1), run_mock("random-edit", seed=2)
    assert one.result.predictions_digest != two.result.predictions_digest
    assert one.folder != two.folder


def test_what_is_no_image_fails_alone() -> None:
    class Odd:
        def predict(self, batch):
            odd = {0: None, 1: EditPrediction(5), 2: EditPrediction(([[1], [2, 3]],) * 3)}
            fine = [EditPrediction((i.start,) * len(i.instructions)) for i in batch]
            return [odd.get(int(i.id[-1]), answer) for i, answer in zip(batch, fine, strict=True)]

    result = run_mock(Odd()).result
    assert [failure.sample for failure in result.failed] == ["test_00000", "test_00001", "test_00002"]


def test_a_model_that_ends_the_program_fails_its_samples() -> None:
    class Leaves:
        def predict(self, batch):
            raise SystemExit(0)

    assert len(run_mock(Leaves()).result.failed) == 8


def test_a_model_that_cannot_be_made_ready_is_one_line() -> None:
    class Unready:
        def setup(self, context):
            import no_such_package_at_all  # noqa: F401

        def predict(self, batch):
            return []

    with pytest.raises(EnvironmentLackError, match="needs the package no_such_package_at_all"):
        run_mock(Unready())

    class Unfit(Unready):
        fits_while_you_wait = True

        def setup(self, context):
            pass

        def fit(self, train, validation, preset, seed):
            message = "nothing to learn"
            raise ValueError(message)

    with pytest.raises(UsageError, match="nothing to learn"):
        run_mock(Unfit())


def test_a_worker_that_dies_is_one_line() -> None:
    with pytest.raises(EnvironmentLackError, match="A worker process died"):
        run_mock(f"{EDITORS}:Dies", batch_size=1, shards=4, workers=2)


def test_resamples_need_no_new_predictions_key() -> None:
    few, none = run_mock(resamples=10).result, run_mock(resamples=0).result
    assert few.predictions_digest == none.predictions_digest
    assert few.score("mock/exact/all").ci_low is not None
    assert none.score("mock/exact/all").ci_low is None


def test_evidence_may_be_undefined_on_a_sample() -> None:
    result = run_mock("random-edit", metric=(f"{EDITORS}:Untidy",)).result
    score = result.score("untidy/even/all")
    assert (score.value, score.n) == (0.0, 4)
    assert result.score("untidy/turns/all").value == pytest.approx(15 / 8)
    assert run_mock(metric=("cfbench.mock:MockMetric",)).result.score("mock/exact/all").n == 8


def test_a_failing_sample_fails_alone() -> None:
    run = run_mock(f"{EDITORS}:FailsOnSome")
    result = run.result
    assert [failure.sample for failure in result.failed] == ["test_00000", "test_00003", "test_00006"]
    assert result.failed[0].error == "RuntimeError: three is too many"
    assert not result.complete
    assert result.score("mock/exact/all").value is None
    assert "3 of 8 samples" in result.score("mock/exact/all").reason
    assert run.result.score("mock/exact/all").n == 5


@pytest.mark.parametrize(
    ("editor", "reason"),
    [
        ("WrongSize", "turn 1: image of shape (3, 3, 3), expected (16, 16, 3)"),
        ("NotANumber", "turn 1: the image holds NaN or infinity"),
    ],
)
def test_what_is_no_prediction_fails(editor: str, reason: str) -> None:
    result = run_mock(f"{EDITORS}:{editor}").result
    assert len(result.failed) == 8
    assert {failure.error for failure in result.failed} == {reason}


def test_wrong_counts_fail() -> None:
    wrong = run_mock(f"{EDITORS}:WrongCount").result.failed
    assert [failure.sample for failure in wrong] == [f"test_0000{i}" for i in (1, 2, 4, 5, 7)]
    assert wrong[0].error == "1 images for 2 instructions"
    assert "0 predictions for 1 samples" in run_mock(f"{EDITORS}:Short").result.failed[0].error


def test_a_limit_is_a_complete_subset_that_is_not_ranked() -> None:
    result = run_mock(limit=3).result
    assert result.complete
    assert (result.dataset.subset, result.dataset.samples) == (3, 3)
    assert result.unranked_because == ["only a subset of the split was asked for"]
    assert result.dataset.fingerprint != run_mock().result.dataset.fingerprint


def test_teacher_forcing_is_named_and_not_ranked() -> None:
    seen = []

    class Peeks:
        def predict(self, batch):
            seen.extend(batch)
            return [EditPrediction(inputs.previous) for inputs in batch]

    result = cfbench.run(Peeks(), "mock", metric=("mock",), teacher_forced=True)
    assert result.protocol.teacher_forced
    assert "turns were teacher-forced" in result.unranked_because
    for inputs in seen:
        assert len(inputs.previous) == len(inputs.instructions)
        assert np.array_equal(inputs.previous[0], inputs.start)


def test_wrong_models_are_one_line() -> None:
    for reference, words in {
        f"{EDITORS}:NeedsArguments": "asks for path",
        f"{EDITORS}:NoPredict": "no method predict",
        f"{EDITORS}:Nowhere": "its classes are",
        "no/such/file.py:Model": "there is no file",
        "no_such_package.module:Model": "ModuleNotFoundError",
        "orakel": "did you mean oracle",
    }.items():
        with pytest.raises(UsageError, match=words) as caught:
            run_mock(reference)
        assert "\n" not in str(caught.value)


def test_wrong_names_are_one_line() -> None:
    for options, words in [
        ({"metric": ("pixle",)}, "did you mean pixel"),
        ({"metric": ("pixel:x",)}, "no protocol of metric pixel"),
        ({"metric": ("pixel", "pixel")}, "given twice"),
        ({"split": "tset"}, "did you mean test"),
        ({"dataset_option": {"size": "3"}}, "no option of data set mock"),
        ({"limit": 0}, "--limit cannot be 0"),
        ({"batch_size": -1}, "--batch-size cannot be -1"),
    ]:
        with pytest.raises(UsageError, match=words):
            run_mock(**options)


def test_what_a_metric_remarks_is_kept_in_the_result() -> None:
    run = start_run("mock", {"dataset": "mock-pair-cf", "metric": ("clip-directional",), "resamples": 0})
    assert run.result.remarks[0].startswith("clip-directional: 8 of 8 pairs have no direction")
    assert run.result.score("clip-directional/undefined/all").detail
    assert not run.result.score("clip-directional/clip_directional/all").detail


def test_what_the_machine_lacks_is_left_out_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(self: object, context: object) -> None:
        raise EnvironmentLackError("There are no weights", "", "Type: get them")

    monkeypatch.setattr("cfbench.mock.MockDetector.setup", lacking)
    told = Told()
    run = start_run("mock", {"dataset": "mock", "resamples": 0}, reporter=told)
    assert {score.metric for score in run.result.scores} == {"pixel"}
    assert "Left out: objects, relsim. There are no weights. Type: get them." in told.lines
    with pytest.raises(EnvironmentLackError, match="There are no weights"):
        start_run("mock", {"dataset": "mock", "metric": ("objects",)})


class Told(LogReporter):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)
