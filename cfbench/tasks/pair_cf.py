"""Counterfactual pairs: from a caption to two captions and two images that differ in one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench.tasks.base import ImagePair

if TYPE_CHECKING:
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
