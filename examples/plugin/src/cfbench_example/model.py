"""A model: what it must have is ``predict``; deriving from ``Model`` brings the defaults of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.models import Model
from cfbench.tasks.edit import EditInputs, EditPrediction, Image
from cfbench_example.colours import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

STRENGTH = 0.1


class Tint(Model):
    """Tints the whole image, a little more each turn, with the first colour that the instruction names.

    A weak baseline with a use: it reads the colour and nothing else, so what a metric gives it is what
    colour alone is worth.
    """

    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "tints the image with the colour that the instruction names"

    def predict(self, batch: Sequence[EditInputs]) -> list[EditPrediction]:
        """One prediction for each input, in order; the runner sets how many come at a time."""
        return [EditPrediction(tuple(_edit(inputs))) for inputs in batch]


def _edit(inputs: EditInputs) -> list[Image]:
    image, images = inputs.start, []
    for turn, instruction in enumerate(inputs.instructions):
        # Free-running: a turn edits the model's own last image, unless the run is teacher-forced.
        previous = inputs.previous[turn] if inputs.previous is not None else image
        image = _tinted(previous, instruction)
        images.append(image)
    return images


def _tinted(image: Image, instruction: str) -> Image:
    named = next((COLOURS[word] for word in instruction.lower().split() if word in COLOURS), None)
    if named is None:
        return image
    mixed = (1 - STRENGTH) * image + STRENGTH * np.array(named)
    return np.rint(mixed).astype(np.uint8)
