"""Editing predictions: their canonical form, and the folder layout of those made elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cfbench.errors import DataError
from cfbench.files import encode_png
from cfbench.tasks import PredictionFault, get_task
from cfbench.tasks.edit import EditInputs, EditPrediction

if TYPE_CHECKING:
    from pathlib import Path

TASK = get_task("edit")
START = np.zeros((4, 4, 3), np.uint8)
INPUTS = EditInputs("a", START, ("one", "two"))


def test_floats_become_bytes() -> None:
    half = np.full((4, 4, 3), 0.5, np.float32)
    checked = TASK.check(INPUTS, EditPrediction((half, START)))
    assert checked.images[0].dtype == np.uint8
    assert checked.images[0][0, 0, 0] == 128


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ((START,), "1 images for 2 instructions"),
        ((START, START.astype(np.int32)), "turn 2: image of type int32"),
        ((START, np.full((4, 4, 3), 1.5)), "outside 0..1"),
        ((START, np.full((4, 4, 3), np.inf)), "NaN or infinity"),
        ((START, np.zeros((4, 4), np.uint8)), r"turn 2: image of shape \(4, 4\)"),
        ((START, "no image"), "turn 2: image of shape"),
    ],
)
def test_what_is_no_prediction(images: tuple[object, ...], words: str) -> None:
    with pytest.raises(PredictionFault, match=words):
        TASK.check(INPUTS, EditPrediction(images))


def test_none_is_no_prediction() -> None:
    with pytest.raises(PredictionFault, match="expected an EditPrediction with 'images', got NoneType"):
        TASK.check(INPUTS, None)


def test_storing_loses_nothing() -> None:
    random = np.random.default_rng(0)
    prediction = EditPrediction(tuple(random.integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)))
    back = TASK.decode(TASK.encode(prediction))
    assert all(np.array_equal(a, b) for a, b in zip(back.images, prediction.images, strict=True))
    assert TASK.digest_form(back) == TASK.digest_form(prediction)


def write_turns(folder: Path, *turns: int) -> None:
    folder.mkdir(parents=True)
    for turn in turns:
        (folder / f"turn-{turn}.png").write_bytes(encode_png(np.full((4, 4, 3), turn, np.uint8)))


def test_a_folder_a_sample(tmp_path: Path) -> None:
    write_turns(tmp_path / "a", 1, 2)
    write_turns(tmp_path / "b", 1, 3)
    write_turns(tmp_path / "other", 1)
    found = TASK.read_folder(tmp_path, ["a", "b", "c"])
    assert set(found) == {"a", "b"}
    assert [int(image[0, 0, 0]) for image in found["a"].images] == [1, 2]
    assert str(found["b"]) == "turn-2.png is missing"


def test_lines(tmp_path: Path) -> None:
    write_turns(tmp_path / "deep", 1, 2)
    lines = [
        {"id": "a", "images": ["deep/turn-2.png", "deep/turn-1.png"]},
        {"id": "b", "images": ["../secret.png"]},
        {"id": "c", "images": "deep/turn-1.png"},
        {"id": "d", "images": ["deep/none.png"]},
        {"id": "not asked for", "images": []},
    ]
    (tmp_path / "predictions.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = TASK.read_folder(tmp_path, ["a", "b", "c", "d", "e"])
    assert [int(image[0, 0, 0]) for image in found["a"].images] == [2, 1]
    assert "leads out of the folder" in str(found["b"])
    assert "not a list" in str(found["c"])
    assert "none.png" in str(found["d"])
    assert "e" not in found
    assert "not asked for" not in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"id": 3, "images": []}', "line 1 is not a prediction"),
        ('{"id": "a", "images": []}\n{"id": "a", "images": []}', "line 2 repeats the id 'a'"),
        ("{", "line 1"),
    ],
)
def test_wrong_lines(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "predictions.jsonl").write_text(text)
    with pytest.raises(DataError, match=words):
        TASK.read_folder(tmp_path, ["a"])


def test_a_foreign_folder(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(DataError, match=r"such as a/turn-1\.png"):
        TASK.read_folder(tmp_path, ["a"])
