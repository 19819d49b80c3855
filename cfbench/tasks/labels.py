"""Classification of texts (one label each) and of images (any number of labels each)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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
