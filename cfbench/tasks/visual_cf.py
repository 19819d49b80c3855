"""Counterfactual images: change an image so that a model of visual question answering changes its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.tasks._checks import checked_image, image_digest, part, stored_image
from cfbench.tasks.base import ImagePair, PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

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


class VisualTask(Task[VisualInputs, VisualTarget, VisualPrediction]):
    """Changing an image so that an answer about it changes."""

    name: ClassVar[str] = "visual-cf"
    summary: ClassVar[str] = (
        "counterfactual images: a change of the image that changes the answer to a question"
    )

    def columns(self) -> pa.Schema:
        """One PNG image."""
        import pyarrow as pa

        return pa.schema([pa.field("image", pa.binary())])

    def check(self, inputs: VisualInputs, prediction: object) -> VisualPrediction:
        """Accept uint8, or finite floats in 0..1, as large as the given image."""
        image = part(prediction, "VisualPrediction", "image")
        return VisualPrediction(checked_image(image, inputs.image.shape))

    def encode(self, prediction: VisualPrediction) -> dict[str, Any]:
        """PNG, which loses nothing."""
        from cfbench.files import encode_png

        return {"image": encode_png(prediction.image)}

    def decode(self, row: Mapping[str, Any]) -> VisualPrediction:
        """The image of a row."""
        return VisualPrediction(stored_image(row["image"]))

    def digest_form(self, prediction: VisualPrediction) -> Any:
        """Shape and SHA-256 of the pixels."""
        return image_digest(prediction.image)

    def read_folder(
        self, folder: Path, ids: Sequence[str]
    ) -> Mapping[str, VisualPrediction | PredictionFault]:
        """``predictions.jsonl`` with ``{"id": …, "image": path}``."""
        from cfbench.tasks._folder import from_lines, given, image_in

        return from_lines(
            folder, ids, lambda where, line: VisualPrediction(image_in(where, given(line, "image"), "image"))
        )
