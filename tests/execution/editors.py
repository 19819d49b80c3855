"""Models for tests, given by path."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

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


class NeedsArguments:
    def __init__(self, path):
        self.path = path

    def predict(self, batch):
        return []


class NoPredict:
    pass
