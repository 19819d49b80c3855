"""``cfbench describe-scene`` and ``cfbench.describe_scene``."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import cfbench
from cfbench.cli import main
from cfbench.datasets import opening
from cfbench.datasets.base import Dataset
from cfbench.errors import UsageError
from cfbench.scenes import X_AND_Y, SceneGraph


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["describe-scene", *arguments])
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def test_a_table_of_the_last_turn(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "--dataset", "mock", "--index", "2")
    lines = [line.split("  ") for line in out.splitlines()]
    assert code == 0
    assert out.startswith("mock@1 test test_00002, turn 3\n")
    assert len(lines) == 2 + 3 * 2 + 3 * 2  # title, header, pairs and centre on two axes
    assert out.count("left of") == 4
    assert out.count("same") == 3 + 1


def test_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "--dataset", "mock", "--index", "2", "--out", "scene.png")
    assert code == 0
    assert out.splitlines() == ["mock@1 test test_00002, turn 3", "picture scene.png"]
    assert Image.open(BytesIO(Path("scene.png").read_bytes())).format == "PNG"


def test_json_is_the_graph(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "--dataset", "mock", "--id", "test_00002", "--turn", "2", "--json")
    card = json.loads(out)
    assert code == 0
    assert (card["dataset"], card["split"], card["turn"]) == ("mock@1", "test", 2)
    assert card["instruction"].startswith("add a ")
    graph = SceneGraph.from_json(card["graph"])
    assert graph == cfbench.describe_scene("mock", index=2, turn=2)
    assert len(graph.objects) == 2
    code, out, _ = call(capsys, "--dataset", "mock", "--json", "--out", "s.png", "--protocol", "paper")
    assert json.loads(out)["file"] == "s.png"
    assert json.loads(out)["graph"]["relations"] == []


def test_axes_are_those_of_the_data_set_or_those_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for name, given, expected in (
        ("mock", (), ["x", "depth"]),
        ("mock", ("--axes", "x,y"), ["x", "y"]),
        ("iclevr-mini", (), ["x", "y"]),
        ("iclevr-mini", ("--axes", "x,depth"), ["x", "depth"]),
    ):
        code, out, _ = call(capsys, "--dataset", name, "--turn", "1", "--json", *given)
        assert code == 0
        assert json.loads(out)["graph"]["axes"] == expected


def test_without_official_data_the_twin_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys)
    assert code == 0
    assert out.startswith("codraw-mini@")
    assert "running its embedded twin codraw-mini" in err


def test_codraw_itself(real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--data-root", str(real_data), "--out", "scene.png")
    code, out, err = call(capsys, *arguments)
    assert code == 0, err
    assert out.startswith("codraw@1 test ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dataset", "mock", "--index", "8"], "There is no sample 8: the split 'test' has 8 samples"),
        (["--dataset", "mock", "--index", "-1"], "x>=0"),
        (["--dataset", "mock", "--id", "test_0002"], "did you mean test_0000"),
        (["--dataset", "mock", "--id", "zebra"], "such as test_00000"),
        (["--dataset", "mock", "--id", "test_00000", "--index", "0"], "Both an index and an id"),
        (["--dataset", "mock", "--turn", "2"], "There is no turn 2: sample test_00000 has 1, counted from 1"),
        (["--dataset", "mock", "--turn", "0"], "x>=1"),
        (["--dataset", "mock", "--split", "tset"], "did you mean test"),
        (["--dataset", "mok"], "did you mean mock"),
        (["--dataset", "mock", "--axes", "y,x"], "is not one of"),
        (["--dataset", "mock", "--dataset-option", "a=b"], "option of data set mock"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1


class Reviews(Dataset):
    """A data set of another task."""

    name, version, task, summary = "reviews", "1", "text-label", "reviews"
    splits = ("test",)

    def open_split(self, name, limit):
        raise NotImplementedError


def test_a_data_set_of_another_task_has_no_scenes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "load_plugin", lambda kind, name: Reviews)
    code, _, err = call(capsys, "--dataset", "reviews")
    assert code == 2
    assert "'reviews' has no scenes to describe: its task is 'text-label'" in err


def test_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = cfbench.describe_scene("mock", id="test_00001", axes=X_AND_Y, out="scene.png")
    assert graph.axes == X_AND_Y
    assert Path("scene.png").read_bytes().startswith(b"\x89PNG")
    assert cfbench.describe_scene("mock", split="val", protocol="paper").protocol == "paper"
    monkeypatch.setenv("CFBENCH_SPLIT", "train")
    assert len(cfbench.describe_scene("mock", index=20).objects) == 3
    with pytest.raises(UsageError, match="no sample -1"):
        cfbench.describe_scene("mock", index=-1)
    with pytest.raises(UsageError, match="no turn 0"):
        cfbench.describe_scene("mock", turn=0)
