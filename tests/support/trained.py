"""A model whose weights are one shade, trained in no time; given to runs as ``trained:Shade``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from weights_files import tensors, write_weights

from cfbench.models import Model
from cfbench.tasks.edit import EditPrediction
from cfbench.weights.card import read_card
from cfbench.weights.finding import find_file

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.models import ModelContext
    from cfbench.training import TrainingJob


class Shade(Model):
    """Paints everything in the shade of its weights; with ``level``, as light as its weights say."""

    tasks = ("edit",)
    name: ClassVar[str] = "shade"

    @classmethod
    def find(cls, dataset: str) -> Path:
        return find_file(cls.name, dataset)

    @classmethod
    def train(cls, job: TrainingJob) -> Path:
        job.folder.mkdir(parents=True, exist_ok=True)
        level = float(job.options.get("level", 100))
        (job.folder / "asked.json").write_text(json.dumps(dict(job.options)))
        return write_weights(
            job.folder,
            cls.name,
            job.dataset.name,
            data=tensors((level, float(job.seed))),
            level=level,
            identity={"seed": job.seed, "split": job.options.get("split", "train")},
        )

    def setup(self, context: ModelContext) -> None:
        path = self.find(context.dataset.partition("@")[0])
        card = read_card(path)
        self.level, self.weights_digest = card.noted("level"), card.sha256

    def predict(self, batch):
        images = []
        for inputs in batch:
            shade = np.full_like(inputs.start, round(self.level))
            images.append(EditPrediction((shade,) * len(inputs.instructions)))
        return images


class Other(Shade):
    name = "other"


class Broken(Shade):
    name = "broken"

    def predict(self, batch):
        raise ValueError("no shade today")
