"""A model that notes in which process it ran with which seed; given to runs as ``whereabouts:Noted``."""

from __future__ import annotations

import os
from pathlib import Path

from cfbench.models import Model
from cfbench.tasks.edit import EditPrediction


class Noted(Model):
    """Changes nothing. In any process but that in ``SURVIVOR``, where it is set, it dies."""

    tasks = ("edit",)

    def setup(self, context):
        survivor = os.environ.get("SURVIVOR")
        if survivor and os.getpid() != int(survivor):
            os._exit(9)
        with Path(os.environ["NOTES"]).open("a") as notes:
            notes.write(f"{os.getpid()} {context.seed}\n")

    def predict(self, batch):
        return [EditPrediction((inputs.start,) * len(inputs.instructions)) for inputs in batch]


class Failing(Noted):
    """Notes it, and fails."""

    def setup(self, context):
        super().setup(context)
        raise RuntimeError("out of order")
