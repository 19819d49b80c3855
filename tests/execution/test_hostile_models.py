"""Models that misbehave: nothing that they do with what they are given moves another sample's number."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import cfbench
from cfbench.api import start_run
from cfbench.cli import main
from cfbench.errors import UsageError
from cfbench.files import encode_png
from cfbench.tasks.edit import EditPrediction

if TYPE_CHECKING:
    from pathlib import Path


def empty(inputs):
    return EditPrediction((inputs.start,) * len(inputs.instructions))


@pytest.mark.parametrize("spoil", ["pop", "reverse", "clear"])
def test_what_a_model_does_to_its_batch_stays_with_it(spoil: str) -> None:
    class Spoils:
        def predict(self, batch):
            answers = [empty(inputs) for inputs in batch]
            getattr(batch, spoil)()
            return answers

    honest = cfbench.run("empty-canvas", "mock", metric=("pixel",))
    spoiled = cfbench.run(Spoils(), "mock", metric=("pixel",))
    assert spoiled.complete
    assert spoiled.scores == honest.scores


def test_a_model_cannot_paint_on_the_canvas_of_others() -> None:
    class Paints:
        def predict(self, batch):
            answers = []
            for inputs in batch:
                with contextlib.suppress(ValueError):
                    inputs.start[:] = 0
                answers.append(empty(inputs))
            return answers

    honest = cfbench.run("empty-canvas", "codraw-mini", metric=("pixel",), limit=3)
    painted = cfbench.run(Paints(), "codraw-mini", metric=("pixel",), limit=3)
    assert painted.scores == honest.scores


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("version", "", "declares a version"),
        ("version", "v" * 300, "declares a version"),
        ("weights_digest", "abc", "declares a weights_digest"),
        ("tasks", "vqa", "it does vqa"),
        ("fits_while_you_wait", True, "fit"),
    ],
)
def test_odd_declarations_are_one_line(attribute: str, value: object, words: str) -> None:
    class Odd:
        def predict(self, batch):
            return [empty(inputs) for inputs in batch]

    setattr(Odd, attribute, value)
    with pytest.raises(UsageError, match=words):
        cfbench.run(Odd(), "mock")


def test_a_class_is_no_model_object() -> None:
    class Fine:
        def predict(self, batch):
            return []

    with pytest.raises(UsageError, match=r"Give Fine\(\)"):
        cfbench.run(Fine, "mock")


def test_an_error_that_cannot_be_shown_fails_its_sample() -> None:
    class Unspeakable(Exception):
        def __str__(self):
            raise ValueError

    class Raises:
        def predict(self, batch):
            raise Unspeakable

    failed = cfbench.run(Raises(), "mock").failed
    assert {failure.error for failure in failed} == {"Unspeakable: (its message cannot be shown)"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_a_model_prints_is_not_in_the_json(workers: str, tmp_path: Path, capfd) -> None:
    file = tmp_path / "printy.py"
    file.write_text(
        "from cfbench.tasks.edit import EditPrediction\n"
        "class Printy:\n"
        "    def predict(self, batch):\n"
        "        print('I am here')\n"
        "        return [EditPrediction((i.start,) * len(i.instructions)) for i in batch]\n"
    )
    options = ["--batch-size", "4", "--shards", "2", "--workers", workers, "--json"]
    with pytest.raises(SystemExit):
        main(["run", "--model", f"{file}:Printy", "--dataset", "mock", *options])
    out, err = capfd.readouterr()
    assert json.loads(out)["complete"]
    assert "I am here" in err


@pytest.mark.parametrize("code", ["raise SystemExit(0)", "import sys; sys.exit('bye')"])
def test_a_file_that_ends_the_program_is_one_line(code: str, tmp_path: Path) -> None:
    file = tmp_path / "leaves.py"
    file.write_text(f"{code}\nclass Leaves:\n    pass\n")
    with pytest.raises(UsageError, match="cannot be loaded: SystemExit"):
        start_run(f"{file}:Leaves", {"dataset": "mock"})


def test_a_changed_image_behind_a_link_is_seen(tmp_path: Path) -> None:
    store, given = tmp_path / "store", tmp_path / "given"
    given.mkdir()
    for index, turns in enumerate((1, 2, 3, 1, 2, 3, 1, 2)):
        folder = store / f"test_{index:05d}"
        folder.mkdir(parents=True)
        for turn in range(1, turns + 1):
            (folder / f"turn-{turn}.png").write_bytes(encode_png(np.zeros((16, 16, 3), np.uint8)))
        (given / folder.name).symlink_to(folder)
    before = cfbench.score(given, "mock", metric=("pixel",))
    (store / "test_00000" / "turn-1.png").write_bytes(encode_png(np.full((16, 16, 3), 255, np.uint8)))
    after = cfbench.score(given, "mock", metric=("pixel",))
    assert before.predictions_digest != after.predictions_digest
    assert before.run_id != after.run_id


def test_zero_is_refused_where_it_makes_no_sense(capsys) -> None:
    for option in ("--limit", "--shards", "--workers", "--batch-size", "--threads"):
        with pytest.raises(SystemExit) as ended:
            main(["run", "--model", "mock", "--dataset", "mock", option, "0"])
        assert ended.value.code == 2
        assert f"{option} cannot be" in capsys.readouterr().err


def test_a_limit_beyond_the_split_is_no_subset() -> None:
    result = cfbench.run("mock", "mock", limit=100)
    assert (result.dataset.subset, result.unranked_because) == (None, [])
    assert cfbench.run("mock", "mock", limit=8).dataset.subset == 8
