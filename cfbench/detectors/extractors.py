"""Networks that give numbers for images and texts: features, embeddings, layers, latents, answers.

Each kind is an interface that metrics ask for by ``needs``. Images are uint8 arrays (height, width, 3). What a
network gives for an image must not depend on the images beside it, but for the rounding of its arithmetic.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from cfbench.detectors.base import Detector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfbench.datasets.base import Split
    from cfbench.tasks.edit import Image

Singles = npt.NDArray[np.float32]
TOLERANCE = 1e-3  # between an image alone and in a batch, relative to the largest feature


@dataclass(frozen=True)
class ImageFeatures:
    """A line for each image: pooled features and, where the network classifies, its logits."""

    pooled: Singles  # (n, dimensions)
    logits: Singles | None  # (n, classes)


@dataclass(frozen=True)
class TextEmbeddings:
    """A line for each text, and whether it was cut to the length that the network reads (end token kept)."""

    values: Singles  # (n, dimensions), not normalised
    truncated: npt.NDArray[np.bool_]  # (n,)


@dataclass(frozen=True)
class Latents:
    """The posterior of each image: means and, where the encoder has them, log standard deviations."""

    means: Singles  # (n, dimensions)
    log_scales: Singles | None


class Extractor(Detector):
    """A network that is fit for use when it sees at all: finite, varied, and alike alone and in company."""

    mark: ClassVar[str] = "ext"
    floor: ClassVar[float] = 1.0

    @abstractmethod
    def look(self, images: Sequence[Image]) -> npt.NDArray[np.floating[Any]]:
        """A line of numbers for each image, for the self-check."""

    def self_check(self, split: Split[Any, Any]) -> float:
        """1 when it is sound on the true images of the split, else 0."""
        return float(sound(self.look, true_images(split)))


class FeatureExtractor(Extractor):
    """Gives pooled features, for distances between sets of images."""

    kind: ClassVar[str] = "image-features"
    resizes: ClassVar[tuple[str, ...]] = ()  # the ways of resizing that it offers beside its own

    @abstractmethod
    def features(self, images: Sequence[Image], resize: str | None = None) -> ImageFeatures:
        """The features of each image; ``resize`` is one of ``resizes``, or None for its own way."""

    def look(self, images: Sequence[Image]) -> npt.NDArray[np.floating[Any]]:
        """The pooled features."""
        return self.features(images).pooled


class ImageTextEmbedder(Extractor):
    """Puts images and texts into one space, as CLIP does. Embeddings are not normalised."""

    kind: ClassVar[str] = "image-text"
    logit_scale: float  # what cosines are multiplied by, the exponential already taken

    @abstractmethod
    def embed_images(self, images: Sequence[Image]) -> Singles:
        """(n, dimensions)."""

    @abstractmethod
    def embed_texts(self, texts: Sequence[str]) -> TextEmbeddings:
        """The embedding of each text, and whether it was cut."""

    def look(self, images: Sequence[Image]) -> npt.NDArray[np.floating[Any]]:
        """The embeddings of the images."""
        return self.embed_images(images)


class LayerExtractor(Extractor):
    """Gives the feature maps of some layers, for perceptual distances."""

    kind: ClassVar[str] = "image-layers"

    @abstractmethod
    def layers(self, images: Sequence[Image]) -> list[Singles]:
        """For each layer (n, channels, height, width)."""

    def look(self, images: Sequence[Image]) -> npt.NDArray[np.floating[Any]]:
        """The means of the last layer's channels."""
        means: Singles = self.layers(images)[-1].mean(axis=(2, 3))
        return means


class LearnedLayers(LayerExtractor):
    """The network of LPIPS: layers, and the weights of their channels that were learned from people's judgements."""

    kind: ClassVar[str] = "lpips-layers"
    head: Sequence[npt.NDArray[np.floating[Any]]]  # for each layer (channels,), none below 0


class LatentEncoder(Extractor):
    """Gives the latents that CLD compares. ``trained_on`` says of what it is an encoder."""

    kind: ClassVar[str] = "latents"
    trained_on: str

    @abstractmethod
    def latents(self, images: Sequence[Image]) -> Latents:
        """The posterior of each image."""

    def look(self, images: Sequence[Image]) -> npt.NDArray[np.floating[Any]]:
        """The means."""
        return self.latents(images).means


class VqaReader(Detector):
    """Answers questions about images. Its score is the accuracy on the true images."""

    kind: ClassVar[str] = "vqa-reader"

    @abstractmethod
    def answer(self, images: Sequence[Image], questions: Sequence[str]) -> list[str]:
        """One answer for each image and question."""

    def self_check(self, split: Split[Any, Any]) -> float:
        """VQA accuracy on the untouched images of the split."""
        from cfbench.metrics.functional import vqa_accuracy

        inputs = [split.inputs(index) for index in range(len(split))]
        answers = [split.target(index).answers for index in range(len(split))]
        given = self.answer([one.image for one in inputs], [one.question for one in inputs])
        return float(vqa_accuracy(given, answers).mean())


def true_images(split: Split[Any, Any]) -> list[Image]:
    """The true images of a split: those of its targets or, where they have none, of its inputs."""
    found = []
    for index in range(len(split)):
        image = getattr(split.target(index), "image", None)
        found.append(getattr(split.inputs(index), "image", None) if image is None else image)
    return [image for image in found if image is not None]


def sound(look: Callable[[Sequence[Image]], npt.NDArray[np.floating[Any]]], images: Sequence[Image]) -> bool:
    """Whether what a network gives is finite, tells images apart, and is the same for one alone as in a batch."""
    if not images:
        return False
    seen = look(images)
    if len(seen) != len(images) or not np.isfinite(seen).all():
        return False
    alone = look(images[:1])
    steady = bool(np.abs(alone[0] - seen[0]).max() <= TOLERANCE * np.abs(seen[0]).max())
    differing = any(not np.array_equal(image, images[0]) for image in images)
    return steady and (not differing or bool((seen != seen[0]).any()))
