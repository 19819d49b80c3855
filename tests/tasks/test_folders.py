"""Predictions made elsewhere: every form of the page, and files that mean harm."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kinds import DATASETS, KINDS, open_mock, same

import cfbench
from cfbench.errors import DataError
from cfbench.files import encode_png
from cfbench.mock import MockOracle
from cfbench.tasks import TASKS, PredictionFault, get_task

PAGE = Path(__file__).resolve().parents[2] / "docs" / "predictions.md"
EXAMPLE = re.compile(r"^### `([a-z-]+)`\n(?:(?!^#).*\n)*?```json\n(.*)\n```$", re.MULTILINE)
GREY = np.full((16, 16, 3), 200, np.uint8)
HARMLESS = {
    "edit": {"images": ["a.png"]},
    "explain": {"tokens": ["a"]},
    "visual-cf": {"image": "a.png"},
    "vqa": {"answer": "yes"},
    "image-labels": {"scores": [0, 0, 1]},
    "text-label": {"scores": [0, 1]},
    "pair-cf": {"caption": "a", "original": "a.png", "image": "a.png"},
}
WITH_IMAGES = [task for task, held in HARMLESS.items() if "a.png" in json.dumps(held)]


def write(folder: Path, *lines: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "predictions.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def pictures(value: Any) -> list[str]:
    """Every path in a line."""
    if isinstance(value, str):
        return [value] if value.endswith(".png") else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [path for one in inner for path in pictures(one)]


@pytest.mark.parametrize("task", TASKS)
def test_the_example_of_the_page_is_a_prediction(task: str, tmp_path: Path) -> None:
    line = json.loads(dict(EXAMPLE.findall(PAGE.read_text()))[task])
    for name in pictures(line):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encode_png(GREY))
    split = open_mock(task, tmp_path / "data")
    (found,) = get_task(task).read_folder(write(tmp_path, line), list(split.ids)).items()
    index = list(split.ids).index(found[0])
    checked = get_task(task).check(split.inputs(index), found[1])
    for key, value in line.items():
        if key != "id" and value not in pictures(line) and key != "images":
            assert json.loads(json.dumps(np.asarray(getattr(checked, key)).tolist())) == value


def as_line(prediction: Any, folder: Path, sample: str) -> dict[str, Any]:
    """A prediction as a program in any language would write it."""
    line: dict[str, Any] = {"id": sample}
    for name, value in vars(prediction).items():
        if isinstance(value, np.ndarray) and value.dtype == np.uint8:
            line[name] = f"{sample}/{name}.png"
            (folder / sample).mkdir(parents=True, exist_ok=True)
            (folder / line[name]).write_bytes(encode_png(value))
        elif name == "images":
            inner = [as_line(type("One", (), {})(), folder, sample) for _ in value]
            line[name] = [f"{sample}/{turn}.png" for turn in range(len(inner))]
            (folder / sample).mkdir(parents=True, exist_ok=True)
            for path, image in zip(line[name], value, strict=True):
                (folder / path).write_bytes(encode_png(image))
        elif value is not None:
            line[name] = value.tolist() if isinstance(value, np.ndarray) else value
    return line


@pytest.mark.parametrize("task", TASKS)
def test_what_was_made_elsewhere_scores_as_if_made_here(task: str, tmp_path: Path) -> None:
    split, name = open_mock(task, tmp_path / "data"), DATASETS[task].name
    pairs = [(split.inputs(index), split.target(index)) for index in range(len(split))]
    theirs = tmp_path / "theirs"
    said = zip(split.ids, MockOracle().predict(pairs), strict=True)
    write(theirs, *(as_line(prediction, theirs, sample) for sample, prediction in said))
    metric = (f"{KINDS}:Agreeing",)
    scored = cfbench.score(theirs, name, metric=metric, resamples=0)
    ran = cfbench.run("mock-oracle", name, metric=metric, resamples=0)
    assert scored.complete
    assert scored.score("agreeing/right/all").value == 1.0
    assert scored.scores == ran.scores
    assert scored.predictions_digest == ran.predictions_digest


@pytest.mark.parametrize("task", TASKS)
def test_lines_that_are_no_predictions(task: str, tmp_path: Path) -> None:
    good, read = HARMLESS[task], get_task(task).read_folder
    for lines, words in [
        (["a"], "line 1 is not a prediction: it has no text 'id'"),
        ([{**good, "id": 3}], "line 1 is not a prediction"),
        ([good], "line 1 is not a prediction"),
        ([{**good, "id": "a"}, {**good, "id": "a"}], "line 2 repeats the id 'a'"),
        ([{**good, "id": "b"}], "has none of the samples, such as a"),
        ([], "has none of the samples"),
    ]:
        with pytest.raises(DataError, match=words):
            read(write(tmp_path, *lines), ["a"])
    for text, words in [
        ("{", "Cannot read .*line 1 as JSON"),
        ('{"id": "a", "scores": [NaN]}', "NaN, which is not JSON"),
        ('{"id": "a", "scores": [1e999]}', "too large"),
        ('{"id": "a", "id": "b"}', "stands twice"),
        ('{"id": "a", "scms": ' + "[" * 200 + "]" * 200 + "}", "nested deeper"),
        ('{"id": "\\ud800"}', "not valid Unicode"),
    ]:
        (tmp_path / "predictions.jsonl").write_text(text)
        with pytest.raises(DataError, match=words):
            read(tmp_path, ["a"])


@pytest.mark.parametrize("task", [task for task in TASKS if task != "edit"])
def test_a_folder_without_lines(task: str, tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(DataError, match=r"it holds no predictions\.jsonl.*docs/predictions\.md"):
        get_task(task).read_folder(tmp_path, ["a"])


def test_a_line_can_be_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "cfbench.files.jsonio.read_json_lines.__kwdefaults__", {"max_line_bytes": 50, "max_depth": 9}
    )
    write(tmp_path, {"id": "a", "answer": "no" * 50})
    with pytest.raises(DataError, match=r"line 1.*larger than 50 bytes"):
        get_task("vqa").read_folder(tmp_path, ["a"])


def test_lines_may_be_packed_and_in_any_order(tmp_path: Path) -> None:
    lines = [{"id": "b", "answer": "no", "note": "x"}, {"id": "z", "answer": 3}, {"id": "a", "answer": "yes"}]
    (tmp_path / "predictions.jsonl").write_bytes(gzip.compress("\n\n".join(map(json.dumps, lines)).encode()))
    found = get_task("vqa").read_folder(tmp_path, ["a", "b", "c"])
    assert {sample: found[sample].answer for sample in found} == {"a": "yes", "b": "no"}
    assert len(found) == 2


@pytest.mark.parametrize("task", WITH_IMAGES)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../secret.png", "leads out of the folder"),
        ("deep/../../secret.png", "leads out of the folder"),
        ("/etc/passwd", "leads out of the folder"),
        ("..\\secret.png", "leads out of the folder"),
        ("none.png", "there is no such file"),
        ("", "is not a path"),
        ("./", "is not a path"),
        ("deep", "a folder, not a file"),
        ("pipe", "a pipe, not a file"),
        ("nul\0.png", "null byte"),
        ("predictions.jsonl", "not PNG or JPEG"),
        ("broken.png", "it is truncated"),
        ("huge.png", "pixels, and at most"),
        (3, "is not a"),
        (None, "is not a"),
    ],
)
def test_pictures_that_are_none(task: str, name: Any, words: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "deep").mkdir(parents=True)
    os.mkfifo(folder / "pipe")
    png = encode_png(GREY)
    (tmp_path / "secret.png").write_bytes(png)
    (folder / "broken.png").write_bytes(png[:60])
    (folder / "huge.png").write_bytes(png[:16] + (50_000).to_bytes(4, "big") * 2 + png[24:])
    line = json.loads(json.dumps(HARMLESS[task]).replace('"a.png"', json.dumps(name)))
    found = get_task(task).read_folder(write(folder, {"id": "a", **line}), ["a"])["a"]
    assert isinstance(found, PredictionFault)
    assert re.search(words, str(found)), found
    assert str(tmp_path) not in str(found)


@pytest.mark.parametrize("task", TASKS)
def test_an_empty_line_is_that_samples_fault(task: str, tmp_path: Path) -> None:
    split = open_mock(task, tmp_path / "data")
    found = get_task(task).read_folder(write(tmp_path, {"id": split.ids[0]}), list(split.ids))
    result = found[split.ids[0]]
    if not isinstance(result, PredictionFault):
        with pytest.raises(PredictionFault, match=r"expected|it has no"):
            get_task(task).check(split.inputs(0), result)


def test_reading_again_gives_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode_png(GREY))
    found = get_task("pair-cf").read_folder(write(tmp_path, {"id": "a", **HARMLESS["pair-cf"]}), ["a"])
    assert same(found["a"], found["a"])
