from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cfbench.cli import main
from cfbench.errors import UsageError
from cfbench.mock import MockDataset
from cfbench.training import TrainingJob, train

if TYPE_CHECKING:
    from pathlib import Path

LEARNER = """
from pathlib import Path


class Learner:
    def predict(self, batch):
        return []

    @classmethod
    def train(cls, job):
        if job.options.get("fails"):
            raise RuntimeError("the loss is gone")
        job.folder.mkdir(parents=True, exist_ok=True)
        print("on the way")
        weights = job.folder / "weights.txt"
        weights.write_text(repr((job.dataset.name, job.preset, job.seed, job.threads, job.minutes, dict(job.options))))
        return weights
"""


def typed(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments])
    return ended.value.code


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "learner.py").write_text(LEARNER)
    monkeypatch.chdir(tmp_path)
    return "learner.py:Learner"


def test_a_model_is_told_what_was_typed(
    learner: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--preset", "smoke", "--seed", "3", "--threads", "2", "--minutes", "1.5"]
    more = ["--option", "rate=0.5", "--option", "kind=small", "--option", "deep=true", "--out", "here"]
    assert typed("train", learner, "--dataset", "mock", *flags, *more) == 0
    told = capsys.readouterr()
    assert told.out == "weights here/weights.txt\n"
    assert "on the way" in told.err
    wanted = ("mock", "smoke", 3, 2, 1.5, {"rate": 0.5, "kind": "small", "deep": True})
    assert (tmp_path / "here" / "weights.txt").read_text() == repr(wanted)


def test_without_a_folder_it_is_named_after_what_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.py").write_text(LEARNER)
    assert typed("train", "m.py:Learner", "--dataset", "mock", "--preset", "smoke") == 0
    assert [path.name for path in (tmp_path / "training").iterdir()] == ["m.py-Learner--mock--smoke--0"]


def test_what_fails_is_one_line(learner: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("train", learner, "--dataset", "mock", "--option", "fails=true") == 2
    said = capsys.readouterr().err
    assert "cannot be trained: RuntimeError: the loss is gone" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("name", "why"),
    [("mock", "no method train"), ("most-common", "fits by itself"), ("gneva", "There is no model")],
)
def test_what_cannot_be_trained_is_said(name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=why):
        train(name, TrainingJob(dataset=MockDataset, folder=tmp_path))
