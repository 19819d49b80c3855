"""Counterfactual pairs: from a caption to two captions and two images that differ in one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.errors import DataError
from cfbench.tasks._checks import checked_image, checked_text, image_digest, part, stored_image
from cfbench.tasks.base import ImagePair, PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from cfbench.tasks._folder import Line
    from cfbench.tasks.base import Image

Attributes = Mapping[str, "str | int | float"]


@dataclass(frozen=True)
class PairInputs:
    """What a model sees. ``group`` names what counterfactuals of one original share."""

    id: str
    caption: str
    group: str
    image: Image | None = None
    scm: Any = None  # a structural causal model, as JSON


@dataclass(frozen=True)
class PairTarget:
    """What is true, where it is known: the counterfactual and the attributes on either side."""

    caption: str | None = None
    image: Image | None = None
    attributes: Attributes | None = None
    attributes_after: Attributes | None = None
    intervened: str | None = None  # the attribute that was changed; what follows from it may change too


@dataclass(frozen=True)
class PairPrediction:
    """The counterfactual caption and both images, RGB and of one size; the causal models where there are any."""

    caption: str
    original: Image
    image: Image
    scms: tuple[Any, Any] | None = None  # before and after the intervention, as JSON

    def compared(self, inputs: PairInputs, target: PairTarget) -> ImagePair:  # noqa: ARG002
        """The model's two images; those of one group are resampled together."""
        return ImagePair(self.original, self.image, inputs.group)


class PairTask(Task[PairInputs, PairTarget, PairPrediction]):
    """Counterfactual pairs of captions and images."""

    name: ClassVar[str] = "pair-cf"
    summary: ClassVar[str] = "counterfactual pairs: two captions and two images that differ in one thing"

    def columns(self) -> pa.Schema:
        """The caption, two PNG images and, where there are any, two causal models as canonical JSON text."""
        import pyarrow as pa

        return pa.schema(
            [
                pa.field("caption", pa.string()),
                pa.field("original", pa.binary()),
                pa.field("image", pa.binary()),
                pa.field("scms", pa.list_(pa.string())),
            ]
        )

    def check(self, inputs: PairInputs, prediction: object) -> PairPrediction:  # noqa: ARG002
        """A caption that is not blank, and two images of one size; any two JSON values as causal models."""
        caption = checked_text(part(prediction, "PairPrediction", "caption"), "the caption")
        original = checked_image(part(prediction, "PairPrediction", "original"), None, "the original: ")
        image = checked_image(
            part(prediction, "PairPrediction", "image"), original.shape, "the counterfactual: "
        )
        return PairPrediction(caption, original, image, _checked_scms(getattr(prediction, "scms", None)))

    def encode(self, prediction: PairPrediction) -> dict[str, Any]:
        """PNG, which loses nothing, and text."""
        from cfbench.files import encode_png

        return {
            "caption": prediction.caption,
            "original": encode_png(prediction.original),
            "image": encode_png(prediction.image),
            "scms": _as_text(prediction.scms),
        }

    def decode(self, row: Mapping[str, Any]) -> PairPrediction:
        """The prediction of a row."""
        scms = row["scms"]
        return PairPrediction(
            row["caption"],
            stored_image(row["original"]),
            stored_image(row["image"]),
            None if scms is None else _from_text(scms),
        )

    def digest_form(self, prediction: PairPrediction) -> Any:
        """The texts, and the shape and SHA-256 of the pixels of each image."""
        images = [image_digest(image) for image in (prediction.original, prediction.image)]
        return [prediction.caption, images, _as_text(prediction.scms)]

    def read_folder(self, folder: Path, ids: Sequence[str]) -> Mapping[str, PairPrediction | PredictionFault]:
        """``predictions.jsonl`` with ``{"id": …, "caption": …, "original": path, "image": path, "scms": [a, b]}``."""
        from cfbench.tasks._folder import from_lines

        return from_lines(folder, ids, _from_line)


def _from_line(folder: Path, line: Line) -> PairPrediction:
    from cfbench.tasks._folder import given, image_in

    original, image = (image_in(folder, given(line, key), key) for key in ("original", "image"))
    return PairPrediction(given(line, "caption"), original, image, given(line, "scms"))


def _checked_scms(scms: object) -> tuple[Any, Any] | None:
    """Both in the form that storing them gives back: JSON's own types alone."""
    if scms is None:
        return None
    if not isinstance(scms, (tuple, list)) or len(scms) != 2:
        message = "scms: expected two causal models, before and after the intervention"
        raise PredictionFault(message)
    try:
        return _from_text([_text(scm) for scm in scms])
    except (DataError, TypeError, ValueError, RecursionError) as error:
        message = f"scms: they cannot be kept as JSON: {error}"
        raise PredictionFault(message) from None


def _text(scm: Any) -> str:
    from cfbench.files import canonical_json

    return canonical_json(scm).decode()


def _as_text(scms: tuple[Any, Any] | None) -> list[str] | None:
    return None if scms is None else [_text(scm) for scm in scms]


def _from_text(texts: Sequence[str]) -> tuple[Any, Any]:
    from cfbench.files import parse_json

    before, after = (parse_json(text.encode(), source="a causal model") for text in texts)
    return before, after
