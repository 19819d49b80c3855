"""Iterative image editing: one instruction a turn, one image a turn.

Editing is free-running: turn t edits the model's own image of turn t - 1, beginning with the data
set's empty canvas. Under ``--teacher-forced`` the true previous images are in ``EditInputs.previous``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.tasks._checks import checked_image, image_digest, part, stored_image
from cfbench.tasks.base import Image, ImagePair, PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa


__all__ = ["EditInputs", "EditPrediction", "EditTarget", "EditTask", "Image", "Placement"]


@dataclass(frozen=True)
class Placement:
    """An object in an image: its class and where its centre is, each coordinate in units of the image.

    ``x`` runs right and ``y`` down, both 0 to 1 inside the image. ``depth`` grows away from the viewer;
    its unit is the data set's.
    """

    label: int
    x: float
    y: float
    depth: float


@dataclass(frozen=True)
class EditInputs:
    """What a model sees: no target is reachable from here."""

    id: str
    start: Image
    instructions: tuple[str, ...]
    previous: tuple[Image, ...] | None = None


@dataclass(frozen=True)
class EditTarget:
    """What a model never sees: the true image and objects after each turn."""

    images: tuple[Image, ...]
    objects: tuple[tuple[Placement, ...], ...]

    @property
    def image(self) -> Image:
        """The true image after the last turn."""
        return self.images[-1]


@dataclass(frozen=True)
class EditPrediction:
    """One image a turn, RGB, of the size of the start image."""

    images: tuple[Image, ...]

    def compared(self, inputs: EditInputs, target: EditTarget) -> ImagePair:
        """The true final image beside the model's."""
        return ImagePair(target.image, self.images[-1], inputs.id)


class EditTask(Task[EditInputs, EditTarget, EditPrediction]):
    """Iterative image editing."""

    name: ClassVar[str] = "edit"
    summary: ClassVar[str] = "iterative image editing: one instruction a turn, one image a turn"

    def columns(self) -> pa.Schema:
        """One list of PNG images."""
        import pyarrow as pa

        return pa.schema([pa.field("images", pa.list_(pa.binary()))])

    def check(self, inputs: EditInputs, prediction: object) -> EditPrediction:
        """Accept uint8 images, or finite floats in 0..1, one a turn, as large as the start image."""
        images = part(prediction, "EditPrediction", "images")
        if len(images) != len(inputs.instructions):
            message = f"{len(images)} images for {len(inputs.instructions)} instructions"
            raise PredictionFault(message)
        shape = inputs.start.shape
        return EditPrediction(
            tuple(checked_image(image, shape, f"turn {turn}: ") for turn, image in enumerate(images, 1))
        )

    def encode(self, prediction: EditPrediction) -> dict[str, Any]:
        """PNG, which loses nothing."""
        from cfbench.files import encode_png

        return {"images": [encode_png(image) for image in prediction.images]}

    def decode(self, row: Mapping[str, Any]) -> EditPrediction:
        """The images of a row."""
        return EditPrediction(tuple(stored_image(data) for data in row["images"]))

    def digest_form(self, prediction: EditPrediction) -> Any:
        """Shape and SHA-256 of the pixels of each image."""
        return [image_digest(image) for image in prediction.images]

    def read_folder(self, folder: Path, ids: Sequence[str]) -> Mapping[str, EditPrediction | PredictionFault]:
        """``<id>/turn-1.png …``, or ``predictions.jsonl`` with ``{"id": …, "images": [paths]}``."""
        from cfbench.tasks._edit_folder import read_edit_folder

        return read_edit_folder(folder, ids)
