"""Visual question answering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cfbench.tasks.base import Image


@dataclass(frozen=True)
class VqaInputs:
    """What a model sees: the image, or features of it, and the question."""

    id: str
    question: str
    image: Image | None = None
    features: npt.NDArray[np.floating[Any]] | None = None


@dataclass(frozen=True)
class VqaTarget:
    """What ten people answered, and what kind of question it is, as the data set spells it."""

    answers: tuple[str, ...]
    question_type: str
    answer_type: str
    image_id: str


@dataclass(frozen=True)
class VqaPrediction:
    """The answer and, where a model has them, the scores of the answers that it knows."""

    answer: str
    scores: tuple[float, ...] | None = None
