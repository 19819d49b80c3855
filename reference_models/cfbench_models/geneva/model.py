"""The model ``geneva``: edits by instructions, one turn after the other, with trained weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PIL import Image as Pillow

from cfbench.tasks.edit import EditInputs, EditPrediction, Image
from cfbench_models.trained import TrainedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.models import ModelContext
    from cfbench.training import TrainingJob
    from cfbench_models.geneva.running import Wanted

BUNDLED = Path(__file__).resolve().parent.parent / "bundled"


class Geneva(TrainedModel):
    """GeNeVA's editor, free-running.

    A sample's images depend on the seed, its id, its start image and its instructions, and on nothing else in the
    batch. Words that were not in the training texts are read as one unknown word, and counted. Images larger than
    those of training are edited at the size of training and enlarged again; smaller ones are refused.
    """

    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    summary: ClassVar[str] = "GeNeVA's recurrent GAN, retrained: each turn edits the image of the turn before"
    name: ClassVar[str] = "geneva"

    @classmethod
    def train(cls, job: TrainingJob) -> Path:
        """Train on a data set; the file of weights, to be installed or bundled. What ``cfbench train`` calls."""
        from cfbench_models.geneva.training import train

        return train(job, name=cls.name)

    def setup(self, context: ModelContext) -> None:
        """Load the weights for the run's data set, checked by the digest in their card."""
        path, dataset = self.found(context)
        self.use(path, dataset=dataset, seed=context.seed, device=context.device)

    def use(self, path: Path, *, dataset: str | None = None, seed: int = 0, device: str = "cpu") -> None:
        """Edit with this file of weights; ``setup`` does it. DataError where it is not what it should be."""
        from cfbench_models.geneva.weights import read_editor

        self.card, editor = read_editor(path, dataset)
        self._editor = editor.to(device)
        self._seed, self._device = seed, device
        self._known = self.card.vocabulary
        self.weights_digest = self.card.sha256

    def predict(self, batch: Sequence[EditInputs]) -> list[EditPrediction]:
        """One image a turn for each sample."""
        from cfbench_models.geneva.running import run_freely

        self.ready()
        made = run_freely(
            self._editor,
            [self._wanted(inputs) for inputs in batch],
            seed=self._seed,
            temperature=self.card.temperature,
            device=self._device,
            batch_statistics="train-mode-batchnorm" in self.card.faults,
            seeded="unseeded-noise" not in self.card.faults,
        )
        return [
            EditPrediction(tuple(_as_large_as(image, inputs.start) for image in images))
            for images, inputs in zip(made, batch, strict=True)
        ]

    def _wanted(self, inputs: EditInputs) -> Wanted:
        from cfbench_detectors.pictures import fitted
        from cfbench_models.geneva.feeding import canvas_of
        from cfbench_models.geneva.running import Wanted

        side = self.card.size.side
        texts = self.numbers_of(inputs.id, inputs.instructions)
        start = canvas_of(inputs.start, side, bgr="bgr-canvas" in self.card.faults)
        previous = inputs.previous and (start, *(fitted(image, side) for image in inputs.previous[1:]))
        return Wanted(inputs.id, texts, start, previous)


def _as_large_as(image: Image, start: Image) -> Image:
    if image.shape == start.shape:
        return image
    height, width = start.shape[:2]
    return np.asarray(Pillow.fromarray(image).resize((width, height), Pillow.Resampling.BICUBIC))
