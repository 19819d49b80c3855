"""Counterfactual images: change an image so that a model of visual question answering changes its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.tasks.base import ImagePair

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cfbench.tasks.base import Image


@dataclass(frozen=True)
class VisualInputs:
    """What a model sees: the image, a question about it, and the answer that it has now."""

    id: str
    image: Image
    question: str
    answer: str


@dataclass(frozen=True)
class VisualTarget:
    """What people answered and, where they are known, a true edit, its mask and the answers after it."""

    answers: tuple[str, ...]
    question_type: str
    answer_type: str
    image_id: str
    image: Image | None = None
    mask: npt.NDArray[np.bool_] | None = None  # (height, width), of the objects that the question is about
    answers_after: tuple[str, ...] | None = None


@dataclass(frozen=True)
class VisualPrediction:
    """The changed image, RGB, of the size of the given one."""

    image: Image

    def compared(self, inputs: VisualInputs, target: VisualTarget) -> ImagePair:
        """The given image beside the changed one; questions about one image are resampled together."""
        return ImagePair(inputs.image, self.image, target.image_id)
