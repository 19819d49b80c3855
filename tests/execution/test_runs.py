"""A run: what it writes, what it refuses, and that nothing but the work decides its numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import cfbench
from cfbench.api import start_run
from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, UsageError
from cfbench.execution.evidence import load_evidence
from cfbench.files import canonical_json, sha256_hex, write_bytes
from cfbench.tasks.edit import EditPrediction

EDITORS = Path(__file__).with_name("editors.py")


def run_mock(name: str = "mock", **options: object) -> object:
    options.setdefault("metric", ("mock", "pixel"))
    return start_run(name, {"dataset": "mock", **options})


def result_bytes(run: object) -> bytes:
    return (run.folder / "result.json").read_bytes()


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


def test_seed_is_part_of_what_ran() -> None:
    one, two = run_mock("random-edit", seed=1), run_mock("random-edit", seed=2)
    assert one.result.predictions_digest != two.result.predictions_digest
    assert one.folder != two.folder


def test_the_run_id_and_digests_can_be_recomputed() -> None:
    run = run_mock()
    identity = json.loads((run.folder / "plan.json").read_text())["identity"]
    assert sha256_hex(canonical_json(identity))[:12] == run.result.run_id
    assert run.folder.name == f"mock--mock--{run.result.run_id}"
    rows = load_evidence(run.folder, "mock")
    assert [row["sample"] for row in rows] == [f"test_{i:05d}" for i in range(8)]
    lines = b"".join(canonical_json(row) + b"\n" for row in rows)
    assert run.result.evidence_digests["mock"] == sha256_hex(lines)
    mean = sum(row["exact"] for row in rows) / len(rows)
    assert run.result.score("mock/exact/all").value == pytest.approx(mean)


def test_evidence_that_was_changed_is_refused() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    run = run_mock()
    (path,) = (run.folder / "evidence").glob("mock--*.parquet")
    table = pq.read_table(path, partitioning=None)
    better = pa.array([1.0] * len(table))
    pq.write_table(table.set_column(table.column_names.index("exact"), "exact", better), path)
    with pytest.raises(DataError, match="not what its result was scored from"):
        load_evidence(run.folder, "mock")


def test_a_run_is_continued_not_repeated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    monkeypatch.setenv("TEST_NOTES", str(notes))
    model = f"{EDITORS}:Slow"
    first = run_mock(model, batch_size=2, shards=4)
    done = result_bytes(first)
    shard = sorted((first.folder / "predictions").iterdir())[1]
    shard.unlink()
    notes.unlink()
    again = run_mock(model, batch_size=2)
    assert notes.read_text().split() == ["test_00002,test_00003"]
    assert result_bytes(again) == done
    sessions = json.loads((again.folder / "provenance.json").read_text())["sessions"]
    assert [s["shards_already_there"] for s in sessions] == [0, 3]


def test_damaged_files_of_a_run_are_made_again() -> None:
    first = run_mock(batch_size=2, shards=4)
    done = result_bytes(first)
    files = list(first.folder.rglob("*.parquet"))
    assert len(files) == 12
    for path in files:
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 0xFF
        path.write_bytes(data)
    assert result_bytes(run_mock(batch_size=2)) == done
    files[0].write_bytes(files[0].read_bytes()[:-20])
    assert result_bytes(run_mock(batch_size=2)) == done


def test_another_models_shards_are_never_taken(tmp_path: Path) -> None:
    ours = run_mock(f"{EDITORS}:Plain", out=tmp_path / "a")
    theirs = run_mock("oracle", out=tmp_path / "b")
    honest = result_bytes(ours)
    for shard in (theirs.folder / "predictions").iterdir():
        write_bytes(ours.folder / "predictions" / shard.name, shard.read_bytes())
    assert result_bytes(run_mock(f"{EDITORS}:Plain", out=tmp_path / "a")) == honest


def test_a_changed_model_file_is_another_run(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(EDITORS.read_text())
    before = run_mock(f"{file}:Plain")
    other = tmp_path / "other" / "mine.py"
    other.parent.mkdir()
    other.write_text(EDITORS.read_text() + "\n# changed\n")
    after = run_mock(f"{other}:Plain")
    assert before.result.model.code_digest != after.result.model.code_digest
    assert before.folder != after.folder


def test_the_same_file_changed_is_another_model(tmp_path: Path) -> None:
    file, helper = tmp_path / "mine.py", tmp_path / "mine_helper.py"
    helper.write_text("SHADE = 10\n")
    file.write_text(
        "import mine_helper\nimport numpy as np\n"
        "from cfbench.tasks.edit import EditPrediction\n"
        "class Shade:\n"
        "    def predict(self, batch):\n"
        "        image = lambda i: np.full_like(i.start, SCALE * mine_helper.SHADE)\n"
        "        return [EditPrediction((image(i),) * len(i.instructions)) for i in batch]\n"
        "SCALE = 1\n"
    )
    folders, digests = set(), set()
    for change in (None, (file, "SCALE = 1\n", "SCALE = 2\n"), (helper, "10", "11")):
        if change:
            changed, old, new = change
            changed.write_text(changed.read_text().replace(old, new) + "# later\n")
        run = run_mock(f"{file}:Shade")
        folders.add(run.folder)
        digests.add(run.result.predictions_digest)
    assert len(folders) == len(digests) == 3


def test_two_objects_of_one_class_are_two_models() -> None:
    class Grey:
        def __init__(self, shade: int, identity: str | None = None) -> None:
            self.shade, self.identity, self.calls = shade, identity, 0

        def predict(self, batch):
            self.calls += 1
            return [EditPrediction((np.full_like(i.start, self.shade),) * len(i.instructions)) for i in batch]

    dark, light = run_mock(Grey(10)), run_mock(Grey(200))
    assert dark.folder != light.folder
    assert dark.result.predictions_digest != light.result.predictions_digest
    run_mock(Grey(10, "ten"))
    again = Grey(10, "ten")
    run_mock(again)
    assert again.calls == 0


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


def test_scoring_a_run_keeps_what_it_was(tmp_path: Path) -> None:
    oracle = run_mock("oracle")
    again = cfbench.score(oracle.folder, "mock", metric=("mock", "pixel"))
    assert again.scores == oracle.result.scores
    assert again.unranked_because == oracle.result.unranked_because
    forced = run_mock("mock", teacher_forced=True, seed=7, batch_size=3)
    again = cfbench.score(forced.folder, "mock", metric=("mock", "pixel"))
    assert again.protocol == forced.result.protocol
    assert again.scores == forced.result.scores
    assert again.unranked_because == ["turns were teacher-forced"]


def test_shards_of_another_cut_are_not_read() -> None:
    run = run_mock("random-edit", batch_size=2, shards=4)
    plan = json.loads((run.folder / "plan.json").read_text())
    plan["environment"]["packages"]["numpy"] = "0.1"
    (run.folder / "plan.json").write_text(json.dumps(plan))
    again = run_mock("random-edit", batch_size=2, shards=2)
    assert again.result.scores == run.result.scores
    assert len(list(again.folder.glob("predictions/*.parquet"))) == 2
    scored = cfbench.score(again.folder, "mock", metric=("mock", "pixel"))
    assert scored.scores == run.result.scores
    stray = again.folder / "predictions" / "000000000-000000099.parquet"
    stray.write_bytes(next(again.folder.glob("predictions/*.parquet")).read_bytes())
    assert cfbench.score(again.folder, "mock", metric=("mock", "pixel")).scores == run.result.scores
    (again.folder / "plan.json").unlink()
    with pytest.raises(DataError, match="repeats the sample"):
        cfbench.score(again.folder / "predictions", "mock")


@pytest.mark.parametrize("name", ["plan.json", "run.json", "provenance.json", "result.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", '{"identity": 3}', '{"sessions": 5}'])
def test_a_damaged_file_of_a_run_is_made_again(name: str, content: str) -> None:
    first = run_mock()
    done = result_bytes(first)
    (first.folder / name).write_text(content)
    assert result_bytes(run_mock()) == done


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


def test_failed_samples_are_run_again_on_demand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "flaky.py"
    file.write_text(
        "import os\nfrom cfbench.tasks.edit import EditPrediction\n"
        "class Flaky:\n"
        "    def predict(self, batch):\n"
        "        if os.environ.get('TEST_FLAKY'):\n            raise OSError('no luck')\n"
        "        return [EditPrediction((i.start,) * len(i.instructions)) for i in batch]\n"
    )
    monkeypatch.setenv("TEST_FLAKY", "1")
    assert len(run_mock(f"{file}:Flaky").result.failed) == 8
    monkeypatch.delenv("TEST_FLAKY")
    assert len(run_mock(f"{file}:Flaky").result.failed) == 8
    assert run_mock(f"{file}:Flaky", retry_failed=True).result.complete


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


def test_two_processes_do_not_share_a_run() -> None:
    from cfbench.execution.store import RunStore

    run = run_mock()
    with RunStore(run.folder).locked(), pytest.raises(CfbenchError, match="Another cfbench is at work"):
        run_mock()
