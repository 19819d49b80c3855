"""Classification of texts (one label each) and of images (any number of labels each)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from cfbench.tasks._checks import checked_numbers, part
from cfbench.tasks.base import PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import pyarrow as pa

    from cfbench.tasks.base import Image


@dataclass(frozen=True)
class TextInputs:
    """What a model sees: a text, or two (premise and hypothesis), and the names of the classes."""

    id: str
    text: str
    second: str | None
    classes: tuple[str, ...]


@dataclass(frozen=True)
class TextTarget:
    """The label, as a position among the classes; ``pair`` names the example and its counterfactuals."""

    label: int
    pair: str | None = None


@dataclass(frozen=True)
class ImageLabelInputs:
    """What a model sees: an image, or features of it, and the names of the classes."""

    id: str
    classes: tuple[str, ...]
    image: Image | None = None
    features: npt.NDArray[np.floating[Any]] | None = None


@dataclass(frozen=True)
class ImageLabelTarget:
    """Which classes are in the image; ``pair`` names the original and its edited images."""

    labels: npt.NDArray[np.bool_]  # (classes,)
    pair: str | None = None


@dataclass(frozen=True)
class ScoresPrediction:
    """A score for each class; the largest is the label of a text. Any finite scale."""

    scores: npt.NDArray[np.float64]  # (classes,)


LabelInputs = TypeVar("LabelInputs", TextInputs, ImageLabelInputs)
LabelTarget = TypeVar("LabelTarget", TextTarget, ImageLabelTarget)


class _ScoresTask(Task[LabelInputs, LabelTarget, ScoresPrediction]):
    """What the two have in common: a score for each class."""

    def columns(self) -> pa.Schema:
        """One list of float64."""
        import pyarrow as pa

        return pa.schema([pa.field("scores", pa.list_(pa.float64()))])

    def check(self, inputs: LabelInputs, prediction: object) -> ScoresPrediction:
        """Finite numbers, one for each class of the inputs."""
        scores = checked_numbers(part(prediction, "ScoresPrediction", "scores"), "scores")
        if len(scores) != len(inputs.classes):
            message = f"{len(scores)} scores for {len(inputs.classes)} classes"
            raise PredictionFault(message)
        return ScoresPrediction(scores)

    def encode(self, prediction: ScoresPrediction) -> dict[str, Any]:
        """A list."""
        return {"scores": prediction.scores.tolist()}

    def decode(self, row: Mapping[str, Any]) -> ScoresPrediction:
        """An array."""
        return ScoresPrediction(np.array(row["scores"], dtype=np.float64))

    def digest_form(self, prediction: ScoresPrediction) -> Any:
        """The scores."""
        return prediction.scores.tolist()

    def read_folder(
        self, folder: Path, ids: Sequence[str]
    ) -> Mapping[str, ScoresPrediction | PredictionFault]:
        """``predictions.jsonl`` with ``{"id": …, "scores": […]}``."""
        from cfbench.tasks._folder import from_lines, given

        return from_lines(folder, ids, lambda _, line: ScoresPrediction(given(line, "scores")))


class TextLabelTask(_ScoresTask[TextInputs, TextTarget]):
    """Classification of texts."""

    name: ClassVar[str] = "text-label"
    summary: ClassVar[str] = "classification of texts, or of pairs of texts: one label each"


class ImageLabelsTask(_ScoresTask[ImageLabelInputs, ImageLabelTarget]):
    """Classification of images."""

    name: ClassVar[str] = "image-labels"
    summary: ClassVar[str] = "classification of images: any number of labels each"
