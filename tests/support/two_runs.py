"""Pairs of results to compare: runs of the mock data set, and changed copies of them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.api import start_run
from cfbench.tasks.edit import EditPrediction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cfbench.tasks.edit import EditInputs


class Noisy:
    """The start image with grey of some strength: a little wrong everywhere, another amount in each sample."""

    version = "1"

    def __init__(self, strength: int) -> None:
        self.strength = strength
        self.identity = f"noisy-{strength}"

    def predict(self, batch: Sequence[EditInputs]) -> list[EditPrediction]:
        """Every turn the same."""
        return [self._answer(inputs) for inputs in batch]

    def _answer(self, inputs: EditInputs) -> EditPrediction:
        shade = 1 + int(inputs.id[-2:]) % 4
        image = np.clip(inputs.start.astype(int) - self.strength * shade, 0, 255).astype(np.uint8)
        return EditPrediction(tuple(image for _ in inputs.instructions))


def two_runs(out: Path) -> tuple[Path, Path]:
    """The folders of a worse and of a better run."""
    options = {"dataset": "mock", "metric": ("pixel", "mock"), "resamples": 200, "out": out, "threads": 1}
    worse, better = (start_run(Noisy(strength), options).folder for strength in (9, 3))
    return worse, better


def changed_copy(folder: Path, to: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The run folder again, with another result."""
    shutil.copytree(folder, to)
    value = json.loads((to / "result.json").read_text())
    change(value)
    (to / "result.json").write_text(json.dumps(value))
    return to


def result_alone(folder: Path, to: Path, change: Callable[[dict[str, Any]], None] | None = None) -> Path:
    """The result file without its run."""
    value = json.loads((folder / "result.json").read_text())
    if change is not None:
        change(value)
    to.write_text(json.dumps(value))
    return to
