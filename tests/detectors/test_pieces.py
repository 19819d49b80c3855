"""The loop of every training: what it counts, keeps, refuses and tells."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import pytest
from jobs import job

torch = pytest.importorskip("torch")

from cfbench.errors import DataError, UsageError  # noqa: E402
from cfbench_detectors import pieces  # noqa: E402
from cfbench_detectors.pieces import Pieces  # noqa: E402
from cfbench_detectors.resuming import memory_told  # noqa: E402


@dataclass(frozen=True)
class Recipe:
    epochs: int = 2
    patience: int | None = None

    def to_json(self):
        return asdict(self)


class Toy(Pieces[list[int]]):
    """Three steps an epoch, two a piece, on batches of 1, 2, 3, … numbers."""

    unit = "numbers"

    def __init__(self, asked, scores, losses=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), recipe=None):
        super().__init__(asked, recipe or Recipe(), samples=2, checked=1, split="train-50")
        self.scores, self.given = scores, losses
        self.read(toy=True)
        learner = torch.nn.ModuleDict({"network": torch.nn.Linear(1, 1)})
        self.begin(learner, torch.optim.Adam(learner.parameters()), 3, 2)

    def batches(self, first, count):
        return (list(range(step + 1)) for step in range(first, first + count))

    def step(self, batch, step):
        assert len(batch) == step + 1
        return {"loss": self.given[step]}

    def check(self, number):
        return {"found": self.scores[number - 1]}

    def score(self, entry):
        return -entry["found"]

    def seen(self, entry):
        return f"found {entry['found']}"


@pytest.fixture
def ticking(monkeypatch):
    """A clock that goes on by a second whenever it is read."""
    seconds = iter(range(10_000))
    monkeypatch.setattr(pieces.time, "monotonic", lambda: float(next(seconds)))


@pytest.mark.usefixtures("ticking")
def test_speeds_are_of_what_was_learned_from(blocks, tmp_path):
    run = Toy(job(blocks, tmp_path), [3.0, 1.0, 2.0])
    run.train()
    entries = run.state.history
    assert [entry["steps"] for entry in entries] == [2, 4, 6]
    ticks = 3  # of the clock in a piece: one for each step, and one at its end
    assert [entry["numbers_per_second"] for entry in entries] == [3 / ticks, 7 / ticks, 11 / ticks]
    assert [entry["losses"]["loss"] for entry in entries] == [1.5, 3.5, 5.5]
    assert entries[0]["seconds_left"] == 4 * ticks / 2
    assert run.best["found"] == 1.0
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert lines[1].startswith("checkpoint 2 of 3, step 4: loss 3.5000; validation found 1.0; 2 numbers/s")


def test_patience_ends_it_and_a_pause_does_not(blocks, tmp_path):
    impatient = Recipe(patience=1)
    run = Toy(job(blocks, tmp_path, minutes=0), [1.0, 1.0], recipe=impatient)
    run.train()
    assert (run.state.epoch, run.state.done) == (1, False)
    again = Toy(job(blocks, tmp_path), [1.0, 1.0], recipe=impatient)
    again.train()
    assert (again.state.epoch, again.state.best, again.state.done) == (2, 1, True)
    with pytest.raises(UsageError, match="differs in recipe"):
        Toy(job(blocks, tmp_path), [])


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_refused(blocks, tmp_path, loss):
    with pytest.raises(DataError, match="went astray in step 2"):
        Toy(job(blocks, tmp_path), [1.0], losses=(1.0, loss)).train()
    assert not (tmp_path / "state.json").exists()


def test_a_share_is_in_the_name_and_in_the_card(blocks, tmp_path):
    run = Toy(job(blocks, tmp_path), [1.0, 2.0, 3.0])
    run.train()
    assert run.target("toy").name == "toy-iclevr-mini-train-50.safetensors"
    details = run.details()
    assert (details["split"], details["licence"], details["steps"]) == ("train-50", blocks.licence, 2)


def test_smaller_images_are_refused(blocks, tmp_path):
    with pytest.raises(UsageError, match="64 pixels a side, and the recipe edits at 128"):
        Toy(job(blocks, tmp_path), []).refuse_smaller(128, verb="edits at")


def test_other_errors_than_of_memory_pass(tmp_path):
    with pytest.raises(RuntimeError, match="shapes"), memory_told(tmp_path):
        raise RuntimeError("shapes do not fit")
