"""A run is continued where it is the same run, and only there; what it kept can be recomputed and scored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from running import EDITORS, result_bytes, run_mock

import cfbench
from cfbench.errors import CfbenchError, DataError
from cfbench.execution.evidence import load_evidence
from cfbench.files import canonical_json, sha256_hex, write_bytes
from cfbench.mock import MockDetector
from cfbench.tasks.edit import EditPrediction

if TYPE_CHECKING:
    from pathlib import Path


def test_the_run_id_and_digests_can_be_recomputed() -> None:
    run = run_mock()
    identity = json.loads((run.folder / "plan.json").read_text())["identity"]
    assert sha256_hex(canonical_json(identity))[:12] == run.result.run_id
    assert run.folder.name == f"mock--mock--{run.result.run_id}"
    rows = load_evidence(run.folder, "mock")
    assert load_evidence(str(run.folder), "mock") == rows
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
        def __init__(self, shade: int, identity: str | None = None, weights: str | None = None) -> None:
            self.shade, self.identity, self.weights_digest, self.calls = shade, identity, weights, 0

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
    same_weights = [run_mock(Grey(shade, str(shade), "ab" * 32)) for shade in (10, 200)]
    assert len({run.result.predictions_digest for run in same_weights}) == 2


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


@pytest.mark.parametrize(("option", "value"), [("batch_size", 3), ("threads", 3), ("precision", "bf16")])
def test_evidence_is_told_apart_by_how_a_network_computed_it(option: str, value: Any) -> None:
    """Predictions of a run stay what they were, but a network may round otherwise than it did there."""
    made = run_mock("mock")
    for metric, same in (("pixel", True), ("mock-seen", False)):
        first = cfbench.score(made.folder, "mock", metric=(metric,))
        other = cfbench.score(made.folder, "mock", metric=(metric,), **{option: value})
        assert (first.run_id == other.run_id) is same
        assert first.protocol == other.protocol


@pytest.mark.parametrize(("attribute", "value"), [("weights_digest", "ab" * 32), ("version", "2")])
def test_another_network_of_the_same_name_is_another_run(
    attribute: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_mock("mock", metric=("mock-seen",))
    monkeypatch.setattr(MockDetector, attribute, value)
    after = run_mock("mock", metric=("mock-seen",))
    assert before.result.run_id != after.result.run_id
    assert before.result.scores[0].signature != after.result.scores[0].signature


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


def test_two_processes_do_not_share_a_run() -> None:
    from cfbench.execution.store import RunStore

    run = run_mock()
    with RunStore(run.folder).locked(), pytest.raises(CfbenchError, match="Another cfbench is at work"):
        run_mock()
