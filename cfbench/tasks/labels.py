"""Classification of texts (one label each) and of images (any number of labels each).

Samples may come in pairs: an original, its edits, which lost a class, and its placebos, whose labels are as before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import numpy as np

from cfbench.models import SaysAlignment
from cfbench.tasks._checks import checked_numbers, part
from cfbench.tasks.base import PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import pyarrow as pa

    from cfbench.tasks.base import Image


COSINE_ROUNDING = 1e-5
Role = Literal["", "original", "edited", "placebo"]
"""What a sample is in its pair; empty where samples come alone."""


@dataclass(frozen=True)
class TextInputs:
    """What a model sees: a text, or two (premise and hypothesis), and the names of the classes."""

    id: str
    text: str
    second: str | None
    classes: tuple[str, ...]


@dataclass(frozen=True)
class TextTarget:
    """The label, as a position among the classes; ``pair`` names the example and its counterfactuals.

    An edited text also has ``changed``, the label of its original, and the original itself as ``counterpart``.
    """

    label: int
    pair: str | None = None
    role: Role = ""
    changed: int | None = None
    counterpart: TextInputs | None = None


@dataclass(frozen=True)
class ImageLabelInputs:
    """What a model sees: an image, or features of it, and the names of the classes."""

    id: str
    classes: tuple[str, ...]
    image: Image | None = None
    features: npt.NDArray[np.floating[Any]] | None = None


@dataclass(frozen=True)
class ImageLabelTarget:
    """Which classes are in the image; ``pair`` names the original and its edited images.

    An edited image also has ``changed``, the class that was taken out of it, and its original as ``counterpart``.
    """

    labels: npt.NDArray[np.bool_]  # (classes,)
    pair: str | None = None
    role: Role = ""
    changed: int | None = None
    counterpart: ImageLabelInputs | None = None


@dataclass(frozen=True)
class ScoresPrediction:
    """A score for each class; the largest is the label of a text. Any finite scale.

    ``alignment`` is the cosine between the gradient of the changed class's score at an edited sample and the way back
    to its original. A model leaves it out, and has a method ``alignments`` instead
    (:class:`cfbench.models.SaysAlignment`).
    """

    scores: npt.NDArray[np.float64]  # (classes,)
    alignment: float | None = None


LabelInputs = TypeVar("LabelInputs", TextInputs, ImageLabelInputs)
LabelTarget = TypeVar("LabelTarget", TextTarget, ImageLabelTarget)


class _ScoresTask(Task[LabelInputs, LabelTarget, ScoresPrediction]):
    """What the two have in common: a score for each class."""

    def columns(self) -> pa.Schema:
        """One list of float64 and, where the model gives it, the alignment."""
        import pyarrow as pa

        return pa.schema([pa.field("scores", pa.list_(pa.float64())), pa.field("alignment", pa.float64())])

    def check(self, inputs: LabelInputs, prediction: object) -> ScoresPrediction:
        """Finite numbers, one for each class of the inputs; an alignment, if any, from -1 to 1."""
        scores = checked_numbers(part(prediction, "ScoresPrediction", "scores"), "scores")
        if len(scores) != len(inputs.classes):
            message = f"{len(scores)} scores for {len(inputs.classes)} classes"
            raise PredictionFault(message)
        alignment = getattr(prediction, "alignment", None)
        return ScoresPrediction(scores, None if alignment is None else _cosine(alignment))

    def ask(
        self,
        model: Any,
        inputs: Sequence[LabelInputs],
        predictions: Sequence[ScoresPrediction],
        target: Callable[[int], LabelTarget],
    ) -> Sequence[ScoresPrediction]:
        """``alignment`` of edited samples from the model's ``alignments``, if it has that, where there is none yet."""
        found = list(predictions)
        if not isinstance(model, SaysAlignment):
            return found
        edited = [
            (index, inputs[index], one.counterpart, one.changed)
            for index, one in ((index, target(index)) for index in range(len(inputs)))
            if one.counterpart is not None and one.changed is not None and found[index].alignment is None
        ]
        if not edited:
            return found
        places, here, there, classes = zip(*edited, strict=True)
        said = list(model.alignments(here, there, classes))
        if len(said) != len(places):
            message = f"{len(said)} alignments for {len(places)} edited samples"
            raise PredictionFault(message)
        for index, value in zip(places, said, strict=True):
            found[index] = replace(found[index], alignment=None if value is None else _cosine(value))
        return found

    def encode(self, prediction: ScoresPrediction) -> dict[str, Any]:
        """A list and a number."""
        return {"scores": prediction.scores.tolist(), "alignment": prediction.alignment}

    def decode(self, row: Mapping[str, Any]) -> ScoresPrediction:
        """An array and a number."""
        return ScoresPrediction(np.array(row["scores"], dtype=np.float64), row.get("alignment"))

    def digest_form(self, prediction: ScoresPrediction) -> Any:
        """The prediction itself."""
        return self.encode(prediction)

    def read_folder(
        self, folder: Path, ids: Sequence[str]
    ) -> Mapping[str, ScoresPrediction | PredictionFault]:
        """``predictions.jsonl`` with ``{"id": …, "scores": […], "alignment": …}``."""
        from cfbench.tasks._folder import from_lines, given

        return from_lines(
            folder, ids, lambda _, line: ScoresPrediction(given(line, "scores"), given(line, "alignment"))
        )


class TextLabelTask(_ScoresTask[TextInputs, TextTarget]):
    """Classification of texts."""

    name: ClassVar[str] = "text-label"
    summary: ClassVar[str] = "classification of texts, or of pairs of texts: one label each"


class ImageLabelsTask(_ScoresTask[ImageLabelInputs, ImageLabelTarget]):
    """Classification of images."""

    name: ClassVar[str] = "image-labels"
    summary: ClassVar[str] = "classification of images: any number of labels each"


def _cosine(value: object) -> float:
    (number,) = checked_numbers([value], "the alignment").tolist()
    if not -1 - COSINE_ROUNDING <= number <= 1 + COSINE_ROUNDING:
        message = f"the alignment is {number:g}, no cosine"
        raise PredictionFault(message)
    return float(min(1.0, max(-1.0, number)))
