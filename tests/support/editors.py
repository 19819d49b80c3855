"""Models for tests, given by path."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import ClassVar

import numpy as np

from cfbench.metrics import MeanMetric, Number
from cfbench.tasks.edit import EditPrediction


class Plain:
    """Derives from nothing: predict is enough."""

    def predict(self, batch):
        return [EditPrediction((inputs.start,) * len(inputs.instructions)) for inputs in batch]


class FailsOnSome(Plain):
    """Raises on every third sample."""

    def predict(self, batch):
        if any(int(inputs.id[-1]) % 3 == 0 for inputs in batch):
            message = "three is too many"
            raise RuntimeError(message)
        return super().predict(batch)


class WrongSize(Plain):
    def predict(self, batch):
        return [EditPrediction((np.zeros((3, 3, 3), np.uint8),) * len(i.instructions)) for i in batch]


class WrongCount(Plain):
    def predict(self, batch):
        return [EditPrediction((inputs.start,)) for inputs in batch]


class NotANumber(Plain):
    def predict(self, batch):
        return [
            EditPrediction((np.full(i.start.shape, np.nan, np.float32),) * len(i.instructions)) for i in batch
        ]


class Short(Plain):
    def predict(self, batch):
        return super().predict(batch)[:-1]


class Slow(Plain):
    """Takes its time, and notes each batch in a file named by an environment variable."""

    def predict(self, batch):
        time.sleep(float(os.environ.get("TEST_SECONDS", "0")))
        notes = os.environ.get("TEST_NOTES")
        if notes:
            with Path(notes).open("a") as file:
                file.write(",".join(inputs.id for inputs in batch) + "\n")
        return super().predict(batch)


class Dies(Plain):
    def predict(self, batch):
        os._exit(3)


class Untidy(MeanMetric):
    """Gives whole numbers, and None on odd samples."""

    name, version, tasks, summary = "untidy", 1, ("edit",), "for tests"
    reference = "cfbench"
    numbers: ClassVar = {
        "turns": Number("turns of the sample", higher_is_better=True, range=(0.0, None)),
        "even": Number("0 on even samples, undefined on others", higher_is_better=True, range=(0.0, None)),
    }

    def evidence(self, scored):
        return [
            {
                "sample": one.id,
                "turns": len(one.inputs.instructions),
                "even": 0 if int(one.id[-1]) % 2 == 0 else None,
            }
            for one in scored
        ]


class NeedsArguments:
    def __init__(self, path):
        self.path = path

    def predict(self, batch):
        return []


class NoPredict:
    pass
